import type { Tensor } from "../graph/tensor.js";
import { traitsOf } from "../ops/registry.js";
import type { ViewNode } from "../structure/node-kind.js";
import { scaledBy, shifted } from "./signal.js";
import type { Signal, SignalStep } from "./signal.js";
import { momentsOfTensor } from "./weights.js";

/** Reads the values of a graph that are no activations. */
interface Constants {
  readonly active: (v: string) => boolean;
  readonly constant: (v: string) => Tensor | undefined;
}

type Moments = Pick<ReturnType<typeof momentsOfTensor>, "mean" | "square">;

/** Computes the moments after offsets for each feature, given the offsets' mean and mean square; with the sign −1 they are subtracted. */
function offset(v: Signal, m: Moments, sign: 1 | -1 = 1): Signal {
  const spread = Math.max(0, m.square - m.mean ** 2);
  const moved = m.square === 0 ? v : shifted(v, sign * m.mean);
  return { ...moved, square: moved.square + spread, pair: moved.pair + spread };
}

/** Applies a norm's factors (γ) and offsets (β) for each feature to the moments of what it has normalised. */
export function affine(n: ViewNode, step: SignalStep, { active, constant }: Constants): SignalStep {
  const ends = new Map<string, Tensor>();
  for (const node of n.nodes) {
    for (const v of node.inputs) {
      const t = v === "" || active(v) ? undefined : constant(v);
      if (!t || t.data.length <= 1) continue;
      const { arithmetic } = traitsOf(node);
      if (arithmetic === "sum") ends.set("term", t);
      else if (arithmetic === "product" || arithmetic === "quotient") ends.set("factor", t);
    }
  }
  const factor = ends.get("factor");
  const term = ends.get("term");
  const f = factor ? momentsOfTensor(factor) : { mean: 1, square: 1 };
  const scaled = scaledBy(step.value, f.mean, f.square);
  return { value: offset(scaled.value, term ? momentsOfTensor(term) : { mean: 0, square: 0 }), gain: step.gain * scaled.gain };
}

/** Computes the effect of a sum, difference, product or quotient with constants, or of the negative; returns the reason where there is no law. */
export function constantLaw(n: ViewNode, v: Signal, { active, constant }: Constants): SignalStep | string {
  const node = n.nodes[0]!;
  if (n.nodes.length !== 1) return `no law for ${n.op}`;
  const { arithmetic } = traitsOf(node);
  if (arithmetic === "negative") return scaledBy(v, -1);
  const other = node.inputs.find((i) => i !== "" && !active(i));
  const t = other === undefined ? undefined : constant(other);
  if (!t) return `no law for ${n.op} with what the graph computes from weights`;
  if (n.kind === "scale") {
    const m = momentsOfTensor(arithmetic === "quotient" ? { ...t, data: Float64Array.from(t.data, (x) => 1 / x) } : t);
    return scaledBy(v, m.mean, m.square);
  }
  const reversed = arithmetic === "difference" && other === node.inputs[0];
  const start = reversed ? scaledBy(v, -1).value : v;
  return { value: offset(start, momentsOfTensor(t), arithmetic === "difference" && !reversed ? -1 : 1), gain: 1 };
}
