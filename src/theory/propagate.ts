import { producers } from "../graph/graph.js";
import type { Node } from "../graph/graph.js";
import { sizeOf } from "../graph/tensor.js";
import type { Tensor } from "../graph/tensor.js";
import { evaluateNode, traitsOf } from "../ops/registry.js";
import type { Bound } from "../passes/bind.js";
import { activityOf } from "../structure/activity.js";
import type { ViewNode } from "../structure/node-kind.js";
import type { Structure } from "../structure/types.js";
import { viewOf } from "../structure/view.js";
import type { Activation } from "./activation.js";
import { elementwise } from "./elementwise.js";
import { activated, added, averaged, gated, leaf, normalised, overlapping, scaledBy, shifted, weighted } from "./signal.js";
import type { SignalStep, Signal } from "./signal.js";
import { gatesOf } from "./gates.js";
import type { Gate } from "./gates.js";
import { momentsOfTensor, productOf } from "./weights.js";

/** The prediction at one cut of the trunk. */
export interface CutPrediction {
  readonly name: string;
  readonly depth: number;
  /** ln of ‖g‖² over that at the last cut of the same segment; null where no law is known. */
  readonly lnGradientSquare: number | null;
  /** ln of the mean of x²; null where no law is known. */
  readonly lnMeanSquare: number | null;
  /** Number of the segment, counted from the output. An op without a law ends a segment; gradients are comparable within one only. */
  readonly segment: number;
}

/** A node for which no law is known, and the reason. */
export interface Break {
  readonly node: string;
  readonly op: string;
  readonly reason: string;
}

/** The predicted profile of a user's own graph. */
export interface Propagation {
  readonly cuts: readonly CutPrediction[];
  readonly breaks: readonly Break[];
  /** Σ over the products of 5/fan-in: the variance of ln G of one example over draws of the weights, for ReLU nets, to leading order. */
  readonly variance: number;
  readonly assumptions: readonly string[];
  readonly source: string;
}

/** Assumptions about the network's input. */
export interface PropagateOptions {
  /** Mean square of the input's features, and correlation of two examples (default 1 and 0: N(0, 1)). */
  readonly inputSquare?: number;
  readonly inputCorrelation?: number;
}

const NO_ADD = "it adds values that share weights: their covariance is not followed";

/**
 * Propagates mean-field moments through a bound graph op by op: mean square, mean and product of two examples forward, squared gains backward. The weights
 * count as drawn independently with mean 0 and the second moments of the file's. Elementwise functions are sampled from the ops' own evaluation. Where an op
 * has no law, the reason is listed in `breaks`, and the profile continues in a new segment.
 */
export function propagate(bound: Bound, structure: Structure, options: PropagateOptions = {}): Propagation {
  const { graph } = bound;
  const activity = activityOf(graph, structure.target);
  const view = viewOf(bound, activity);
  const makers = producers(graph);
  const { nodes, gates } = gatesOf(view, makers, graph);
  const active = (v: string): boolean => activity.active.has(v);
  const constant = constantReader(bound, active);
  const walker = new Walker(
    bound,
    (v) => activity.active.has(v),
    constant,
    nodes.some((n) => n.norm === "batch" || n.kind === "pool"),
  );
  const { inputSquare = 1, inputCorrelation = 0 } = options;
  const begin = (name: string, square: number, pair: number, mean: number): void =>
    void walker.values.set(name, { square, pair, mean, gaussian: true, roots: leaf(walker.next()) });
  for (const source of activity.sources) {
    const maker = makers.get(source);
    // Rows of an embedding table: features distributed as in the table, rows independent.
    const table = maker && traitsOf(maker).lookup ? constant(maker.inputs[0]!) : undefined;
    const rows = table && momentsOfTensor(table);
    if (!maker) begin(source, inputSquare, inputSquare * inputCorrelation, 0);
    else if (rows) begin(source, rows.square, rows.mean ** 2, rows.mean);
    else walker.breaks.push({ node: maker.name, op: maker.op, reason: "activations begin here with values of no known distribution" });
  }
  const gains: (readonly (number | undefined)[])[] = nodes.map((n) => walker.step(n, gates.get(n)));
  return {
    ...backward(structure, nodes, gates, gains, walker.values),
    breaks: walker.breaks,
    variance: walker.variance,
    assumptions: [
      "weights independent, centred, with the second moments that the file's have; width → ∞",
      "the gradient at the output is independent of the forward pass",
      `inputs are Gaussian with mean square ${inputSquare}, two examples correlated ${inputCorrelation}; positions of a map are as alike as examples`,
      ...(gates.size > 0
        ? ["gated layers: the gradient's share along equal features, which at a given width overtakes with depth, is not followed"]
        : []),
    ],
    source: "mean-field recursion, op by op (Poole et al. 2016; Schoenholz et al. 2017; Yang et al. 2019)",
  };
}

class Walker {
  readonly values: Map<string, Signal> = new Map();
  readonly breaks: Break[] = [];
  variance = 0;
  #drawn = 0;
  readonly #functions = new Map<string, Activation | { readonly unknown: string }>();

  constructor(
    private readonly bound: Bound,
    private readonly active: (v: string) => boolean,
    private readonly constant: (v: string) => Tensor | undefined,
    private readonly pairs: boolean,
  ) {}

  next(): number {
    return this.#drawn++;
  }

  /** Computes a node's moments from its inputs'; returns the squared gain to each input, undefined where no law is known. */
  step(n: ViewNode, gate: Gate | undefined): readonly (number | undefined)[] {
    const names = gate ? [gate.gate, gate.through, gate.carried] : n.inputs;
    const inputs = names.map((v) => this.values.get(v));
    // The moments after a norm are known even where those before it are not.
    const result = inputs.every((v) => v !== undefined) ? (gate ? this.#gate(inputs) : this.#law(n, inputs)) : this.#afterUnknown(n);
    if (typeof result === "string") {
      if (result !== "") this.breaks.push({ node: n.nodes[n.nodes.length - 1]!.name, op: n.op, reason: result });
      return names.map(() => undefined);
    }
    for (const o of n.outputs) this.values.set(o, result.value);
    return result.gains;
  }

  #gate(inputs: readonly Signal[]): Step | string {
    const [t, h, x] = inputs as [Signal, Signal, Signal];
    if (overlapping(t.roots, h.roots) || overlapping(t.roots, x.roots) || overlapping(h.roots, x.roots)) return NO_ADD;
    const { value, gains } = gated(t, h, x);
    return { value, gains };
  }

  #afterUnknown(n: ViewNode): Step | string {
    const fresh = n.kind === "norm" && n.inference !== true && (n.norm === "batch" || n.norm === "layer");
    if (!fresh) return "";
    const value = { square: 1, pair: 0, mean: 0, gaussian: true, roots: leaf(this.next()) };
    const affine = this.#affine(n, { value, gain: 1 });
    return typeof affine === "string" ? affine : { value: affine.value, gains: n.inputs.map(() => undefined) };
  }

  #law(n: ViewNode, inputs: readonly Signal[]): Step | string {
    const [v] = inputs as [Signal];
    const one = (s: SignalStep | string | undefined, otherwise = "there is nothing to divide by"): Step | string =>
      s === undefined ? otherwise : typeof s === "string" ? s : { value: s.value, gains: [s.gain] };
    const { graph } = this.bound;
    const elements = (name: string): number => sizeOf(graph.types.get(name)!.shape);
    switch (n.kind) {
      case "weighted": {
        const p =
          n.nodes.length === 1 ? productOf(n.nodes[0]!, this.active, this.constant, (x) => graph.types.get(x)!) : { unknown: `no law for ${n.op}` };
        if ("unknown" in p) return p.unknown;
        this.variance += 5 / p.fanIn;
        return one(weighted(v, p.sigmaW2 * p.inside, p.biasMean, p.biasSquare, this.next()));
      }
      case "norm":
        return one(this.#norm(n, v));
      case "activation": {
        if (!v.gaussian) return "its input is not Gaussian: a sum of what passed an activation";
        const phi = this.#function(n);
        return "unknown" in phi ? phi.unknown : one(activated(v, phi, this.pairs));
      }
      case "shift":
      case "scale":
        return one(this.#withConstant(n, v));
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
        return one(averaged(v, elements(n.inputs[0]!) / elements(n.outputs[0]!)));
      default:
        return `no law for ${n.op}`;
    }
  }

  #norm(n: ViewNode, v: Signal): SignalStep | string | undefined {
    if (n.inference === true) return "normalisation in inference mode: its statistics are not the batch's";
    if (n.norm === "instance" || n.norm === undefined) return "normalisation over positions: their correlation is not followed";
    const shape = this.bound.graph.types.get(n.inputs[0]!)!.shape;
    const kind = n.norm === "group" ? "layer" : n.norm;
    // The formula for a finite batch assumes independent rows, which positions of a feature map are not.
    const batch = kind === "batch" && shape.length === 2 ? shape[0] : undefined;
    const step = normalised(v, kind, batch);
    return step && this.#affine(n, step);
  }

  /** Applies a norm's factors (γ) and offsets (β) for each feature. */
  #affine(n: ViewNode, step: SignalStep): SignalStep | string {
    const ends = new Map<string, Tensor>();
    for (const node of n.nodes) {
      for (const v of node.inputs) {
        const t = v === "" || this.active(v) ? undefined : this.constant(v);
        if (!t || t.data.length <= 1) continue;
        const { arithmetic } = traitsOf(node);
        if (arithmetic === "sum") ends.set("term", t);
        else if (arithmetic === "product" || arithmetic === "quotient") ends.set("factor", t);
      }
    }
    const factor = ends.get("factor");
    const term = ends.get("term");
    const f = factor ? momentsOfTensor(factor) : { mean: 1, square: 1 };
    const t = term ? momentsOfTensor(term) : { mean: 0, square: 0 };
    const scaled = scaledBy(step.value, f.mean, f.square);
    const spread = Math.max(0, t.square - t.mean ** 2);
    const moved = t.square === 0 ? scaled.value : shifted(scaled.value, t.mean);
    return { value: { ...moved, square: moved.square + spread, pair: moved.pair + spread }, gain: step.gain * scaled.gain };
  }

  #withConstant(n: ViewNode, v: Signal): SignalStep | string {
    const node: Node = n.nodes[0]!;
    if (n.nodes.length !== 1) return `no law for ${n.op}`;
    const { arithmetic } = traitsOf(node);
    if (arithmetic === "negative") return scaledBy(v, -1);
    const other = node.inputs.find((i) => i !== "" && !this.active(i));
    const t = other === undefined ? undefined : this.constant(other);
    if (!t) return `no law for ${n.op} with what the graph computes from weights`;
    const m = momentsOfTensor(t);
    if (n.kind === "scale") {
      if (arithmetic !== "quotient") return scaledBy(v, m.mean, m.square);
      const inverse = momentsOfTensor({ ...t, data: Float64Array.from(t.data, (x) => 1 / x) });
      return scaledBy(v, inverse.mean, inverse.square);
    }
    const reversed = arithmetic === "difference" && other === node.inputs[0];
    const sign = arithmetic === "difference" && !reversed ? -1 : 1;
    const start = reversed ? scaledBy(v, -1).value : v;
    const spread = Math.max(0, m.square - m.mean ** 2);
    const moved = m.square === 0 ? start : shifted(start, sign * m.mean);
    return { value: { ...moved, square: moved.square + spread, pair: moved.pair + spread }, gain: 1 };
  }

  #function(n: ViewNode): Activation | { readonly unknown: string } {
    const inside = new Set(n.nodes.flatMap((node) => node.outputs));
    const number = new Map([...n.inputs, ...inside].map((v, i) => [v, `%${i}`]));
    const nameOf = (v: string): string => number.get(v) ?? Array.from(this.constant(v)?.data.slice(0, 4) ?? [], String).join();
    const key = n.nodes.map((node) => `${node.op}(${node.inputs.map(nameOf).join(";")})${JSON.stringify(node.attrs)}`).join("|");
    let found = this.#functions.get(key);
    if (!found) this.#functions.set(key, (found = elementwise(n.nodes, n.inputs[0]!, n.outputs[0]!, this.constant)));
    return found;
  }
}

/** Whether a node puts a constant beside the elements that it moves. Padding may put elements there instead. */
function fillsWithConstant(n: ViewNode): boolean {
  const moves = [n, ...n.nodes].map((part) => traitsOf(part).moves);
  return (moves.includes("pads") || moves.includes("fills")) && n.nodes.every((node) => (node.attrs["mode"] ?? "constant") === "constant");
}

interface Step {
  readonly value: Signal;
  readonly gains: readonly (number | undefined)[];
}

/** ln(eᵃ + eᵇ). */
const lnAdd = (a: number, b: number): number => Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)));

/** Computes the profile from the gains: squared gradients add over the uses of a value. A new segment begins after a use without a law. */
function backward(
  structure: Structure,
  nodes: readonly ViewNode[],
  gates: ReadonlyMap<ViewNode, Gate>,
  gains: readonly (readonly (number | undefined)[])[],
  values: ReadonlyMap<string, Signal>,
): { readonly cuts: readonly CutPrediction[] } {
  const cutAt = new Map(structure.trunk.map((cut, i) => [cut.values[cut.values.length - 1]!, i]));
  const gradient = new Map<string, number | null>([[structure.target, 0]]);
  const found = new Map<number, { readonly ln: number | null; readonly segment: number }>();
  let segment = 0;
  const arrive = (v: string): void => {
    const i = cutAt.get(v);
    if (i === undefined || structure.trunk[i]!.values.length > 1) return;
    let ln = gradient.get(v);
    if (ln === undefined) return;
    // All paths pass this one value, so gradients before it are comparable with its own again.
    if (ln === null && structure.trunk[i]!.exact && structure.trunk[i]!.nesting === 0) {
      segment++;
      gradient.set(v, (ln = 0));
    }
    found.set(i, { ln, segment });
  };
  for (let k = nodes.length - 1; k >= 0; k--) {
    const n = nodes[k]!;
    for (const o of n.outputs) arrive(o);
    const here = n.outputs.map((o) => gradient.get(o)).filter((g) => g !== undefined);
    if (here.length === 0) continue;
    const out = here.includes(null) ? null : here.reduce<number>((a, b) => lnAdd(a, b!), -Infinity);
    const gate = gates.get(n);
    const names = gate ? [gate.gate, gate.through, gate.carried] : n.inputs;
    names.forEach((v, i) => {
      const gain = gains[k]![i];
      const part = out === null || gain === undefined ? null : out + Math.log(gain);
      const before = gradient.get(v);
      gradient.set(v, before === null || part === null ? null : before === undefined ? part : lnAdd(before, part));
    });
  }
  arrive(structure.source);
  const cuts = structure.trunk.map((cut, i): CutPrediction => {
    const value = values.get(cut.values[cut.values.length - 1]!);
    const g = found.get(i);
    const lnMeanSquare = value && cut.values.length === 1 ? Math.log(value.square) : null;
    return { name: cut.name, depth: cut.depth, lnGradientSquare: g?.ln ?? null, lnMeanSquare, segment: g?.segment ?? segment };
  });
  return { cuts };
}

/** Reads values that depend on weights and constants only: stored, rearranged (which leaves moments unchanged), or computed from such by the ops' own evaluation. */
function constantReader({ graph }: Bound, active: (v: string) => boolean): (v: string) => Tensor | undefined {
  const makers = producers(graph);
  const inputs = new Set(graph.inputs.map((i) => i.name));
  const computed = new Map<string, Tensor | undefined>();
  const read = (value: string): Tensor | undefined => {
    const stored = graph.initializers.get(value);
    if (stored || active(value) || inputs.has(value)) return stored;
    if (computed.has(value)) return computed.get(value);
    const node = makers.get(value);
    if (!node) return undefined;
    if (traitsOf(node).moves === "rearranges") return read(node.inputs[0]!);
    const given = node.inputs.map((v) => (v === "" ? undefined : read(v)));
    const known = node.inputs.every((v, i) => v === "" || given[i] !== undefined);
    const results = known
      ? evaluateNode(
          node,
          given,
          node.outputs.map((o) => graph.types.get(o)!),
        )
      : [];
    node.outputs.forEach((o, i) => computed.set(o, results[i]));
    return computed.get(value);
  };
  return read;
}
