import type { ViewNode } from "../structure/node-kind.js";
import type { Structure } from "../structure/types.js";
import { operandsOf } from "./gates.js";
import type { Gate } from "./gates.js";
import type { Signal } from "./signal.js";

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

/** ln(eᵃ + eᵇ). */
const lnAdd = (a: number, b: number): number => Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)));

/**
 * Computes the profile over the cuts from the squared gains of the nodes, each to its operands. Squared gradients add over the uses of a value. A new segment
 * begins after a use without a law.
 */
export function profileOf(
  structure: Structure,
  nodes: readonly ViewNode[],
  gates: ReadonlyMap<ViewNode, Gate>,
  gains: readonly (readonly (number | undefined)[])[],
  values: ReadonlyMap<string, Signal>,
): readonly CutPrediction[] {
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
    operandsOf(n, gates.get(n)).forEach((v, i) => {
      const gain = gains[k]![i];
      const part = out === null || gain === undefined ? null : out + Math.log(gain);
      const before = gradient.get(v);
      gradient.set(v, before === null || part === null ? null : before === undefined ? part : lnAdd(before, part));
    });
  }
  arrive(structure.source);
  return structure.trunk.map((cut, i): CutPrediction => {
    const value = values.get(cut.values[cut.values.length - 1]!);
    const g = found.get(i);
    const lnMeanSquare = value && cut.values.length === 1 ? Math.log(value.square) : null;
    return { name: cut.name, depth: cut.depth, lnGradientSquare: g?.ln ?? null, lnMeanSquare, segment: g?.segment ?? segment };
  });
}
