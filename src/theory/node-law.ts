import type { Graph } from "../graph/graph.js";
import { sizeOf } from "../graph/tensor.js";
import type { Tensor } from "../graph/tensor.js";
import { traitsOf } from "../ops/registry.js";
import type { ViewNode } from "../structure/node-kind.js";
import type { Activation } from "./activation.js";
import { affine, constantLaw } from "./constant-law.js";
import { elementwise } from "./elementwise.js";
import { activated, added, averaged, gated, leaf, normalised, overlapping, weighted } from "./signal.js";
import type { Signal, SignalStep } from "./signal.js";
import { productOf } from "./weights.js";

/** What the laws read of a bound graph. */
export interface LawContext {
  readonly graph: Graph;
  readonly active: (v: string) => boolean;
  /** Reads a value that depends on weights and constants only. */
  readonly constant: (v: string) => Tensor | undefined;
  /** Whether the product of two examples matters behind activations: a batch norm or a pool reads it. */
  readonly pairs: boolean;
  /** Returns the next number for weights that are drawn independently of all others. */
  readonly nextDraw: () => number;
  readonly functionOf: (n: ViewNode) => Activation | { readonly unknown: string };
}

/** The effect of a node of the view. */
export interface NodeStep {
  readonly value: Signal;
  /** The squared gain to each operand; undefined where no law is known. */
  readonly gains: readonly (number | undefined)[];
  /** What a product adds to the variance of ln G over draws of the weights. */
  readonly variance?: number;
}

const NO_ADD = "it adds values that share weights: their covariance is not followed";

const stepOf = (s: SignalStep | string): NodeStep | string => (typeof s === "string" ? s : { value: s.value, gains: [s.gain] });

/** Computes the effect of a gated sum on its gate, on the value that the gate lets through and on the carried one; returns the reason where there is no law. */
export function gateLaw(operands: readonly Signal[]): NodeStep | string {
  const [t, h, x] = operands as [Signal, Signal, Signal];
  if (overlapping(t.roots, h.roots) || overlapping(t.roots, x.roots) || overlapping(h.roots, x.roots)) return NO_ADD;
  return gated(t, h, x);
}

/** Computes the moments after a norm whose input's moments are unknown; undefined where they stay unknown. */
export function lawAfterUnknown(n: ViewNode, c: LawContext): NodeStep | string | undefined {
  const fresh = n.kind === "norm" && n.inference !== true && (n.norm === "batch" || n.norm === "layer");
  if (!fresh) return undefined;
  const value = { square: 1, pair: 0, mean: 0, gaussian: true, roots: leaf(c.nextDraw()) };
  return { value: affine(n, { value, gain: 1 }, c).value, gains: n.inputs.map(() => undefined) };
}

/** Computes the effect of a node on its inputs' moments; returns the reason where there is no law. */
export function nodeLaw(n: ViewNode, inputs: readonly Signal[], c: LawContext): NodeStep | string {
  const [v] = inputs as [Signal];
  const elements = (name: string): number => sizeOf(c.graph.types.get(name)!.shape);
  switch (n.kind) {
    case "weighted":
      return weightedLaw(n, v, c);
    case "norm":
      return stepOf(normLaw(n, v, c));
    case "activation": {
      if (!v.gaussian) return "its input is not Gaussian: a sum of what passed an activation";
      const phi = c.functionOf(n);
      return "unknown" in phi ? phi.unknown : stepOf(activated(v, phi, c.pairs));
    }
    case "shift":
    case "scale":
      return stepOf(constantLaw(n, v, c));
    case "add": {
      const [a, b] = inputs as [Signal, Signal];
      if (inputs.length !== 2 || traitsOf(n).arithmetic !== "sum") return `no law for ${n.op} of ${inputs.length} values`;
      if (n.inputs.some((i) => elements(i) !== elements(n.outputs[0]!))) return "it adds a value to several places";
      return overlapping(a.roots, b.roots) ? NO_ADD : { value: added(a, b), gains: [1, 1] };
    }
    case "layout":
      if (fillsWithConstant(n)) {
        const share = Math.min(1, elements(n.inputs[0]!) / elements(n.outputs[0]!));
        const value = { ...v, square: share * v.square, pair: share * v.pair, mean: share * v.mean };
        return { value: share === 1 ? v : { ...value, gaussian: false }, gains: [share] };
      }
      return n.inputs.length === 1 ? { value: v, gains: [1] } : `no law for ${n.op} of several values`;
    case "split":
      return { value: v, gains: [1] };
    case "pool":
      if (traitsOf(n).pools !== "mean") return `no law for ${n.op}`;
      return stepOf(averaged(v, elements(n.inputs[0]!) / elements(n.outputs[0]!)));
    default:
      return `no law for ${n.op}`;
  }
}

function weightedLaw(n: ViewNode, v: Signal, c: LawContext): NodeStep | string {
  if (n.nodes.length !== 1) return `no law for ${n.op}`;
  const p = productOf(n.nodes[0]!, c.active, c.constant, (x) => c.graph.types.get(x)!);
  if ("unknown" in p) return p.unknown;
  const { value, gain } = weighted(v, p.sigmaW2 * p.inside, p.biasMean, p.biasSquare, c.nextDraw());
  return { value, gains: [gain], variance: 5 / p.fanIn };
}

function normLaw(n: ViewNode, v: Signal, c: LawContext): SignalStep | string {
  if (n.inference === true) return "normalisation in inference mode: its statistics are not the batch's";
  if (n.norm === "instance" || n.norm === undefined) return "normalisation over positions: their correlation is not followed";
  const shape = c.graph.types.get(n.inputs[0]!)!.shape;
  const kind = n.norm === "group" ? "layer" : n.norm;
  // The formula for a finite batch assumes independent rows, which positions of a feature map are not.
  const batch = kind === "batch" && shape.length === 2 ? shape[0] : undefined;
  const step = normalised(v, kind, batch);
  return step ? affine(n, step, c) : "there is nothing to divide by";
}

/** Whether a node puts a constant beside the elements that it moves. Padding may put elements there instead. */
function fillsWithConstant(n: ViewNode): boolean {
  const moves = [n, ...n.nodes].map((part) => traitsOf(part).moves);
  return (moves.includes("pads") || moves.includes("fills")) && n.nodes.every((node) => (node.attrs["mode"] ?? "constant") === "constant");
}

/** Returns a function that samples what a node of the view does to each element. Nodes of the same ops, attributes and constants are sampled once. */
export function functionReader(constant: LawContext["constant"]): LawContext["functionOf"] {
  const known = new Map<string, ReturnType<LawContext["functionOf"]>>();
  return (n) => {
    const inside = new Set(n.nodes.flatMap((node) => node.outputs));
    const number = new Map([...n.inputs, ...inside].map((v, i) => [v, `%${i}`]));
    const nameOf = (v: string): string => number.get(v) ?? Array.from(constant(v)?.data.slice(0, 4) ?? [], String).join();
    const key = n.nodes.map((node) => `${node.op}(${node.inputs.map(nameOf).join(";")})${JSON.stringify(node.attrs)}`).join("|");
    let found = known.get(key);
    if (!found) known.set(key, (found = elementwise(n.nodes, n.inputs[0]!, n.outputs[0]!, constant)));
    return found;
  };
}
