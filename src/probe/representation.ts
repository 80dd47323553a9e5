import { fetcher } from "./measurement.js";
import type { Get, ProbeContext } from "./probe.js";
import type { Graph } from "../graph/graph.js";
import { newBuilder } from "../ops/registry.js";
import { withoutRepeats } from "../passes/cse.js";
import { withoutDeadCode } from "../passes/order.js";
import type { Structure } from "../structure/types.js";
import { IsogradError } from "../util/errors.js";
import { lnSingularValues } from "../math/singular-values.js";

/** Effective rank of the examples' features, and their similarity between blocks; lists run over selected boundaries of blocks, from input to output. */
export interface Representation {
  /** Indices of the boundaries: 0 is the first block's input, b the output of block b. */
  readonly boundaries: readonly number[];
  /** Effective rank of the features [N, d], and of the features minus their mean over the examples, 1 … min(N, d). NaN where they are zero or not finite. */
  readonly rank: readonly number[];
  readonly centredRank: readonly number[];
  /** Linear centred kernel alignment of a boundary's features with those one block before (null at the first), and with the first boundary's, 0 … 1. */
  readonly before: readonly (number | null)[];
  readonly first: readonly number[];
}

/** A square matrix, row by row. */
type Matrix = readonly Float64Array[];

/** H·K·H, H = I − 11ᵀ/N: the Gram matrix of the features minus their mean over the examples. */
function centred(k: Matrix): Matrix {
  const n = k.length;
  const means = k.map((row) => row.reduce((s, v) => s + v, 0) / n);
  const all = means.reduce((s, v) => s + v, 0) / n;
  return k.map((row, i) => row.map((v, j) => v - means[i]! - means[j]! + all));
}

/**
 * Computes the effective rank exp(−Σ p·ln p), p = σ/Σσ over the singular values σ of the features (Roy & Vetterli 2007, definition 1), from their Gram matrix
 * [N, N], whose eigenvalues are σ². It is 1 where all examples are multiples of one, and the rank where all non-zero σ are equal. NaN where the matrix is zero
 * or not finite.
 */
export function effectiveRank(gram: Matrix): number {
  const sigmas = lnSingularValues(gram).map((ln) => (ln === null ? 0 : Math.exp(ln / 2)));
  const sum = sigmas.reduce((s, v) => s + v, 0);
  if (!(sum > 0) || !Number.isFinite(sum)) return NaN;
  return Math.exp(-sigmas.reduce((s, v) => s + (v === 0 ? 0 : (v / sum) * Math.log(v / sum)), 0));
}

/**
 * Computes the linear centred kernel alignment ⟨K, L⟩_F/(‖K‖_F·‖L‖_F) ∈ [0, 1] of two centred Gram matrices [N, N] (Kornblith, Norouzi, Lee & Hinton 2019). It
 * is 1 where the features are equal up to rotation and scale.
 */
export function linearCka(k: Matrix, l: Matrix): number {
  let [both, first, second] = [0, 0, 0];
  k.forEach((row, i) => {
    row.forEach((v, j) => {
      const w = l[i]![j]!;
      both += v * w;
      first += v * v;
      second += w * w;
    });
  });
  return both / Math.sqrt(first * second);
}

/** Selects `count` of the integers 0 … last at even spacing, with both ends. */
export const spaced = (last: number, count: number): readonly number[] => [
  ...new Set(Array.from({ length: Math.min(count, last + 1) }, (_, i) => Math.round((i * last) / Math.max(1, Math.min(count, last + 1) - 1)))),
];

/**
 * Computes the representation at `count` boundaries from the Gram matrices [N, N] at all boundaries. They are scaled to trace 1 first, so that growth over
 * depth does not overflow.
 */
function representationOf(grams: readonly Matrix[], count: number): Representation {
  const boundaries = spaced(grams.length - 1, count);
  const scaled = (k: Matrix): Matrix => {
    const trace = k.reduce((s, row, i) => s + row[i]!, 0);
    return k.map((row) => row.map((v) => v / trace));
  };
  const inner = (b: number): Matrix => centred(scaled(grams[b]!));
  return {
    boundaries,
    rank: boundaries.map((b) => effectiveRank(scaled(grams[b]!))),
    centredRank: boundaries.map((b) => effectiveRank(inner(b))),
    before: boundaries.map((b) => (b === 0 ? null : linearCka(inner(b - 1), inner(b)))),
    first: boundaries.map((b) => linearCka(inner(0), inner(b))),
  };
}

/** The values at the boundaries of all blocks, with stem and head, each with one row per example. Error `spec/invalid` where there are no blocks, or no such rows. */
function boundaryValues(graph: Graph, structure: Structure, examples: number): readonly string[] {
  const { blocks } = structure;
  const values = blocks.length === 0 ? [] : [blocks[0]!.from, ...blocks.map((b) => b.to)].map((i) => structure.trunk[i]!.values.at(-1)!);
  const odd = values.find((v) => graph.types.get(v)!.shape[0] !== examples);
  if (values.length === 0 || odd !== undefined)
    throw new IsogradError("spec/invalid", odd === undefined ? "the network has no blocks to compare" : `the features "${odd}" have no row for every example`, { at: [graph.name] }); // prettier-ignore
  return values;
}

/** Builds a graph that runs forward and returns the Gram matrix [N, N] of the N examples' features at every boundary of blocks. */
export function representationGraph(
  bound: Graph,
  structure: Structure,
  examples: number,
  count: number,
): { readonly graph: Graph; read(get: Get): Representation } {
  const values = boundaryValues(bound, structure, examples);
  const b = newBuilder(bound);
  b.outputs.length = 0;
  const c: ProbeContext = { b, examples, fetch: fetcher(b) };
  const products = values.map((v) => {
    const rows = b.reshape(v, [examples, b.shape(v).reduce((p, d) => p * d, 1) / examples]);
    return c.fetch(b.matmul(rows, b.transpose(rows, [1, 0])));
  });
  return {
    graph: withoutDeadCode(withoutRepeats(b.build(bound.name))),
    read: (get) =>
      representationOf(
        products.map((p) => {
          const data = Float64Array.from(get(p).data as ArrayLike<number>);
          return Array.from({ length: examples }, (_, i) => data.slice(i * examples, (i + 1) * examples));
        }),
        count,
      ),
  };
}
