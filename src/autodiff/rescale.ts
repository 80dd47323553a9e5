import type { GraphBuilder } from "../graph/builder.js";
import type { Node } from "../graph/graph.js";
import { sizeOf } from "../graph/tensor.js";

/** Cotangents that share one scale: true cotangent = value · 2^exponent. `exponent` names an integer scalar; undefined means 0. */
interface Levelled {
  readonly values: readonly (string | undefined)[];
  readonly exponent: string | undefined;
}

/** log₂ of the smallest and largest powers of two that divide without loss. */
const EXPONENTS = { float32: [-126, 127], float64: [-1022, 1023] } as const;

/**
 * Keeps the values of a backward pass in the range of floating point. The pass is linear in the cotangent. At chosen cuts the cotangents that
 * enter the next piece are therefore divided by a power of two near their largest element, and its exponent is stored. A growth of 2^1000 can so
 * be reported without overflow, and nothing is rounded. Every cotangent has the exponent of the scale at which it was computed. Where cotangents
 * of different exponents meet (skip connections, weights shared across cuts), all are brought to the largest exponent of those that are not zero.
 */
export class Rescaler {
  /** The logarithm (natural) of the scale of each finished cotangent, a scalar, by the value it belongs to; absent means 0. */
  readonly logScale: Map<string, string> = new Map();

  /** Index of the first node of the piece that ends at each cut. */
  readonly #pieces = new Map<number, number>();
  readonly #exponents = new Map<string, string>();
  readonly #logs = new Map<string, string>();

  /** `cuts`: indices of forward nodes before whose reversal cotangents are rescaled. */
  constructor(cuts: ReadonlySet<number>) {
    const sorted = [...cuts].sort((p, q) => p - q);
    sorted.forEach((cut, k) => this.#pieces.set(cut, k === 0 ? 0 : sorted[k - 1]! + 1));
  }

  /** To be called before node `i` is reversed. Where that is a cut, it rescales the cotangents of all values that the piece up to it computes, those of one scale together. */
  enter(b: GraphBuilder, i: number, nodes: readonly Node[], pending: Map<string, string[]>): void {
    const from = this.#pieces.get(i);
    if (from === undefined) return;
    const taken = nodes.slice(from, i + 1).flatMap((n) => n.outputs.filter((o) => pending.has(o)));
    if (taken.length === 0) return;
    const before = b.origin;
    b.origin = { node: nodes[i]!.name, op: nodes[i]!.op, role: "backward", value: taken[0]! };
    const totals = taken.map((v) => this.total(b, pending.get(v)!));
    // What lies at another scale stays at its own: brought to a common one, the cotangent of the first step in time would be lost beside that of the last.
    const groups = new Map<string | undefined, number[]>();
    totals.forEach((g, k) => {
      const exponent = this.#exponents.get(g);
      groups.set(exponent, [...(groups.get(exponent) ?? []), k]);
    });
    for (const [exponent, group] of groups) {
      const step = magnitude(
        b,
        group.map((k) => totals[k]!),
      );
      const divisor = step === undefined ? undefined : b.op("Pow", [b.scalar(2, step), step]);
      const after = step === undefined || exponent === undefined ? (step ?? exponent) : b.add(exponent, step);
      for (const k of group) {
        const g = totals[k]!;
        const divided = divisor === undefined ? g : b.div(g, b.cast(divisor, b.dtype(g)));
        this.born(divided, after);
        pending.set(taken[k]!, [divided]);
      }
    }
    b.origin = before;
  }

  /** Appends the sum of the contributions to one cotangent, which may have different scales. */
  total(b: GraphBuilder, parts: readonly string[]): string {
    const { values, exponent } = this.level(b, parts);
    const sum = b.sum(values as readonly string[])!;
    this.born(sum, exponent);
    return sum;
  }

  /** Records the scale at which a cotangent was computed. */
  born(cotangent: string, exponent: string | undefined): void {
    if (exponent !== undefined) this.#exponents.set(cotangent, exponent);
  }

  /** Records the scale of the finished cotangent of a value in `logScale`. */
  finish(b: GraphBuilder, value: string, cotangent: string): void {
    const log = this.scaleOf(b, cotangent);
    if (log !== undefined) this.logScale.set(value, log);
  }

  /** Appends the logarithm (natural) of a cotangent's scale; undefined where it is 0. */
  scaleOf(b: GraphBuilder, cotangent: string): string | undefined {
    const exponent = this.#exponents.get(cotangent);
    if (exponent === undefined) return undefined;
    let log = this.#logs.get(exponent);
    if (log === undefined) this.#logs.set(exponent, (log = b.scale(exponent, Math.LN2)));
    return log;
  }

  /** Brings cotangents to one common scale. */
  level(b: GraphBuilder, gs: readonly (string | undefined)[]): Levelled {
    const present = [...new Set(gs.filter((g) => g !== undefined))];
    const exponents = present.map((g) => this.#exponents.get(g));
    if (new Set(exponents).size <= 1) return { values: gs, exponent: exponents[0] };
    const measured = present.filter((g) => sizeOf(b.shape(g)) > 0);
    if (measured.length === 0) return { values: gs, exponent: undefined };
    const dtype = b.dtype(exponents.find((e) => e !== undefined)!);
    const one = (v: string): string => b.reshape(b.cast(v, dtype), [1]);
    const zero = b.scalarOf(dtype, 0);
    const sizes = b.concat(
      measured.map((g) => one(largest(b, g))),
      0,
    );
    const given = b.concat(
      measured.map((g) => one(this.#exponents.get(g) ?? zero)),
      0,
    );
    // Cotangents that are zero do not count for the scale; where all are zero, it is 1.
    const floor = b.scalarOf(dtype, -1e9);
    const heights = b.where(b.equal(sizes, zero), floor, given);
    const top = b.reduceMax(heights, [0]);
    const weights = b.split(
      b.op("Pow", [b.scalarOf(dtype, 2), b.sub(heights, top)]),
      measured.map(() => 1),
      0,
    );
    const exponent = b.reshape(b.where(b.equal(top, floor), zero, top), []);
    const brought = new Map(
      measured.map((g, k) => {
        const scaled = b.mul(g, b.reshape(b.cast(weights[k]!, b.dtype(g)), b.shape(g).length === 0 ? [] : [1]));
        this.#exponents.set(scaled, exponent);
        return [g, scaled];
      }),
    );
    return { values: gs.map((g) => (g === undefined ? undefined : (brought.get(g) ?? g))), exponent };
  }
}

/** Appends max |g|, a scalar. */
const largest = (b: GraphBuilder, g: string): string =>
  b.reshape(
    b.reduceMax(
      b.op("Abs", [g]),
      b.shape(g).map((_, i) => i),
    ),
    [],
  );

/** Appends ⌊log₂ max |g|⌋ over several cotangents, a scalar: 0 where it is not finite; undefined when they have no elements. */
function magnitude(b: GraphBuilder, gs: readonly string[]): string | undefined {
  const all = gs.filter((g) => sizeOf(b.shape(g)) > 0).map((g) => largest(b, g));
  if (all.length === 0) return undefined;
  const dtype = b.dtype(all[0]!) as "float32" | "float64";
  const top = all.map((v) => b.cast(v, dtype)).reduce((m, v) => b.op("Max", [m, v]));
  const [low, high] = EXPONENTS[dtype];
  const one = b.scalar(1, top);
  const positive = b.where(b.greater(top, b.scalar(2 ** low, top)), top, one);
  const finite = b.where(b.less(positive, b.scalar(Infinity, top)), positive, one);
  const exponent = b.op("Floor", [b.scale(b.log(finite), Math.LOG2E)]);
  return b.op("Min", [b.op("Max", [exponent, b.scalar(low, top)]), b.scalar(high, top)]);
}
