import { cotangentInput, lossOutput } from "../autodiff/loss.js";
import { appendVjp } from "../autodiff/vjp.js";
import type { Graph, Node } from "../graph/graph.js";
import { sizeOf } from "../graph/tensor.js";
import type { Tensor } from "../graph/tensor.js";
import { newBuilder, traitsOf } from "../ops/registry.js";
import type { Bound } from "../passes/bind.js";
import { withoutRepeats } from "../passes/cse.js";
import { withoutDeadCode } from "../passes/order.js";
import { activityOf } from "../structure/activity.js";
import { IsogradError } from "../util/errors.js";
import { joinsOf } from "./joins.js";
import type { Join } from "./joins.js";
import { fetcher } from "./measurement.js";
import { lnSum } from "../math/statistics.js";
import { lnSquares } from "./probe.js";
import type { Get, ProbeContext, Reader } from "./probe.js";

/** A comparison of the gradients of the joined values (parts) with the gradient of their sum, mean or concatenation (join). */
export interface JoinGradient {
  readonly node: string;
  readonly op: Join["op"];
  readonly parts: number;
  /** Share of the bits of all parts' gradients that equal those of the join's gradient (for a concatenation of the part's slice of it), 0 … 1. */
  readonly equalBits: number;
  /** Largest magnitude of a difference between the two, over the largest magnitude of the join's gradient. */
  readonly largest: number;
  /** ‖gradient of the part‖/‖gradient of the join‖ for each part in order (for a concatenation over its slice of the join's gradient). */
  readonly shares: readonly number[];
}

/** The squared gradients at a layer's inputs over that at its product. */
export interface LayerGain {
  readonly node: string;
  /** ln (‖gradient of the part‖²/‖gradient of the layer's product‖²) over the batch for each part in order; one part where nothing is joined. */
  readonly lnGains: readonly number[];
}

/** The results of one run, with the tensors at each join (`wholes`) that difference quotients need. */
export interface JoinGradients {
  readonly joins: readonly JoinGradient[];
  readonly layers: readonly LayerGain[];
  readonly wholes: readonly { readonly gradient: Tensor; readonly value: Tensor }[];
}

/** A graph that runs a network forward and backward and returns the gradients at its joins. */
export interface JoinGradientsGraph {
  readonly graph: Graph;
  readonly cotangentInput: string;
  readonly joins: readonly Join[];
  read(get: Get): JoinGradients;
}

/**
 * Builds a graph that computes, for every sum, mean and concatenation of activations, the exact gradient of every joined value through that join alone, and of
 * the join. Whole tensors are fetched, because bits are compared. Error `spec/invalid` where there are neither joins nor layers with weights.
 */
export function joinGradientsGraph(bound: Bound, examples: number): JoinGradientsGraph {
  const b = newBuilder(bound.graph);
  b.outputs.length = 0;
  const forward = [...b.nodes];
  const from = lossOutput(bound, undefined);
  const cotangent = cotangentInput(b, from);
  const { active } = activityOf(bound.graph, from);
  const joins = joinsOf(bound.graph, active);
  const layers = forward.filter((n) => traitsOf(n).product && active.has(n.inputs[0]!) && !active.has(n.inputs[1]!));
  if (joins.length === 0 && layers.length === 0)
    throw new IsogradError("spec/invalid", "the network joins no activations and multiplies them by no weights", { at: [bound.model.name] });
  const sent = new Map<string, string[]>();
  const onPart = (value: string, user: Node, part: string): void =>
    void sent.set(keyOf(user.name, value), [...(sent.get(keyOf(user.name, value)) ?? []), part]);
  const cotangents = appendVjp(b, { nodes: forward, seeds: new Map([[from, cotangent]]), wrt: [...active], onPart });
  // A node that takes a value twice adds two parts to its cotangent, in the order of its inputs.
  const parts = new Map(joins.map((j) => [j.output, j.parts.map((p) => sent.get(keyOf(p.user, p.value))!.shift()!)]));
  const tensorOf = (value: string): Reader<Tensor> => {
    // Each has an output of its own, so that the comparison is of numbers from the runtime, not of names in the graph.
    const own = b.op("Identity", [value]);
    b.outputs.push(own);
    return (get) => get(own);
  };
  const readers = joins.map((join) => {
    const own = parts.get(join.output)!.map(tensorOf);
    const [whole, value] = [tensorOf(cotangents.get(join.output)!), tensorOf(join.output)];
    return (get: Get): JoinReading => {
      const gradients = own.map((r) => r(get));
      return { gradient: compared(join, gradients, whole(get)), whole: { gradient: whole(get), value: value(get) } };
    };
  });
  const c: ProbeContext = { b, examples, fetch: fetcher(b) };
  const gains = layers.flatMap((node) => {
    const [value, product] = [node.inputs[0]!, cotangents.get(node.outputs[0]!)];
    const alone = forward.filter((n) => n.inputs.includes(value)).length === 1;
    const own = (alone ? parts.get(value) : undefined) ?? sent.get(keyOf(node.name, value));
    if (product === undefined || own === undefined) return [];
    const [end, each] = [lnSquares(c, product, false), own.map((p) => lnSquares(c, p, false))];
    return [(get: Get): LayerGain => ({ node: node.name, lnGains: each.map((r) => lnSum(r(get)) - lnSum(end(get))) })];
  });
  return {
    graph: withoutDeadCode(withoutRepeats(b.build(bound.graph.name))),
    cotangentInput: cotangent,
    joins,
    read: (get) => {
      const read = readers.map((r) => r(get));
      return { joins: read.map((r) => r.gradient), wholes: read.map((r) => r.whole), layers: gains.map((r) => r(get)) };
    },
  };
}

interface JoinReading {
  readonly gradient: JoinGradient;
  readonly whole: JoinGradients["wholes"][number];
}

const keyOf = (user: string, value: string): string => `${user}\u0000${value}`;

function compared(join: Join, gradients: readonly Tensor[], whole: Tensor): JoinGradient {
  let begin = 0;
  const wanted = gradients.map((g) => {
    if (join.axis === null) return whole;
    const size = g.shape[join.axis]!;
    begin += size;
    return sliceOf(whole, join.axis, begin - size, size);
  });
  const pairs = gradients.map((g, i) => [g, wanted[i]!] as const);
  const bits = pairs.map(([g, w]) => differingBits(g, w));
  const top = largestOf(whole.data);
  return {
    node: join.node,
    op: join.op,
    parts: gradients.length,
    equalBits: 1 - bits.reduce((s, n) => s + n.differing, 0) / bits.reduce((s, n) => s + n.all, 0),
    largest: Math.max(...pairs.map(([g, w]) => largestOf(Float64Array.from(g.data, (v, i) => v - w.data[i]!)))) / (top === 0 ? 1 : top),
    shares: pairs.map(([g, w]) => norm(g.data) / norm(w.data)),
  };
}

/** Elements `begin` to `begin + size` along an axis, by plain loops, so that the op under test is not used. */
function sliceOf(t: Tensor, axis: number, begin: number, size: number): Tensor {
  const inner = sizeOf(t.shape.slice(axis + 1));
  const row = inner * t.shape[axis]!;
  const outer = t.data.length / row;
  const data = new Float64Array(outer * size * inner);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < size * inner; i++) data[o * size * inner + i] = t.data[o * row + begin * inner + i]!;
  }
  return { dtype: t.dtype, shape: t.shape.map((d, i) => (i === axis ? size : d)), data };
}

/** Counts the bits in which two tensors of one type differ, and all bits. */
function differingBits(p: Tensor, q: Tensor): { readonly differing: number; readonly all: number } {
  const [a, b] = [p, q].map((t) => new Uint32Array((t.dtype === "float32" ? Float32Array.from(t.data) : Float64Array.from(t.data)).buffer)) as [
    Uint32Array,
    Uint32Array,
  ];
  let differing = 0;
  for (let i = 0; i < a.length; i++) {
    for (let x = a[i]! ^ b[i]!; x !== 0; x &= x - 1) differing++;
  }
  return { differing, all: 32 * a.length };
}

const norm = (data: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i]! ** 2;
  return Math.sqrt(sum);
};

const largestOf = (data: ArrayLike<number>): number => {
  let top = 0;
  for (let i = 0; i < data.length; i++) top = Math.max(top, Math.abs(data[i]!));
  return top;
};
