import { producers } from "../../graph/graph.js";
import { nodesSite } from "../../graph/site.js";
import type { Site } from "../../graph/site.js";
import { traitsOf } from "../../ops/registry.js";
import { lnGradientAt } from "../../probe/check-readings.js";
import type { Evidence } from "../evidence.js";
import type { Severity } from "../finding.js";
import { HUNDREDFOLD, sum } from "./profile.js";

/** A node of the trunk that alone leads from one cut to the next. */
interface Step {
  /** The index of the cut behind it. */
  readonly cut: number;
  readonly node: string;
  readonly op: string;
  /** ln of the factor on the gradient's norm, from its output to its input. */
  readonly lnGain: number;
}

/** Fewer functions that saturate are an output's own, not depth. */
const FEWEST = 2;
/** A slope that on average halves the gradient is worth a remark. */
const HALVES = Math.log(2);

/** Returns the nodes of the trunk, stem and head included, that stand alone between two cuts; steps in time, which share their weights, left out. */
function stepsOf(e: Evidence): readonly Step[] {
  const { graph } = e.bound;
  const makers = producers(graph);
  const overTime = e.structure.spans.filter((s) => s.kind === "recurrent");
  return e.structure.trunk.flatMap((cut, i): Step[] => {
    const before = e.structure.trunk[i - 1];
    const node = cut.values.length === 1 ? makers.get(cut.values[0]!) : undefined;
    if (before?.values.length !== 1 || node === undefined || overTime.some((s) => i > s.from && i <= s.to)) return [];
    const others = node.inputs.filter((v) => v !== "" && v !== before.values[0]);
    if (others.length === node.inputs.length || others.some((v) => !graph.initializers.has(v))) return [];
    const lnGain = lnGradientAt(e, i - 1) - lnGradientAt(e, i);
    return Number.isNaN(lnGain) ? [] : [{ cut: i, node: node.origin?.node ?? node.name, op: node.op, lnGain }];
  });
}

/** What saturating functions take from the gradient along the whole trunk. */
export interface SlopeFacts {
  readonly severity: Severity;
  readonly site: Site;
  readonly op: string;
  readonly layers: number;
  /** ln of the factor by which the norm falls from the last of them to the first; and of the part that their slopes alone make. */
  readonly lnFall: number;
  readonly lnSlopes: number;
}

/**
 * Finds the fall that functions which saturate (sigmoid, tanh) make along the whole trunk, stem and head included: of a short network no chain is long enough
 * to be judged. A warning where it passes 100× and their slopes alone make most of it; a remark where they halve the gradient or worse. Undefined elsewhere.
 */
export function slopes(e: Evidence): SlopeFacts | undefined {
  const squashing = stepsOf(e).filter((s) => traitsOf(s).squashes !== undefined);
  const [first, last] = [squashing[0], squashing[squashing.length - 1]];
  if (first === undefined || last === undefined || squashing.length < FEWEST) return undefined;
  const lnFall = lnGradientAt(e, last.cut) - lnGradientAt(e, first.cut - 1);
  const lnSlopes = -sum(squashing.map((s) => s.lnGain));
  const own = 2 * lnSlopes >= lnFall;
  if (!Number.isFinite(lnFall) || lnFall <= 0 || !own || lnSlopes < HALVES * squashing.length) return undefined;
  const site = nodesSite(squashing.map((s) => s.node));
  return { severity: lnFall > HUNDREDFOLD ? "warning" : "info", site, op: first.op, layers: squashing.length, lnFall, lnSlopes };
}

/** One node that multiplies the gradient by more than 100 or less than 1/100, although it has no weights and pools nothing. */
export interface OpFacts {
  readonly site: Site;
  readonly op: string;
  readonly lnGain: number;
}

/**
 * Finds the nodes of the whole trunk that are not layers and yet change the gradient by more than 100×, the worst first. What its neighbours undo before the
 * next layer (log(1 + exp(βx))/β) takes nothing from any parameter, nor does what stands before the first one (pixels over 255) or after the last (the scale of the loss).
 */
export const steepOps = (e: Evidence): readonly OpFacts[] =>
  betweenLayers(e)
    .flatMap((stretch) => {
      const together = sum(stretch.map((s) => s.lnGain));
      return stretch.filter((s) => isSteep(s) && Math.abs(together) > HUNDREDFOLD && together * s.lnGain > 0);
    })
    .sort((a, b) => Math.abs(b.lnGain) - Math.abs(a.lnGain))
    .map((s) => ({ site: nodesSite([s.node]), op: s.op, lnGain: s.lnGain }));

function isSteep(s: Step): boolean {
  const { product, convolves, norm, pools, moves, resamples, casts } = traitsOf(s);
  return Number.isFinite(s.lnGain) && Math.abs(s.lnGain) > HUNDREDFOLD && !(product ?? convolves ?? norm ?? pools ?? moves ?? resamples ?? casts);
}

/** Returns the steps of the trunk between its first and its last layer (what comes after is the loss's scale) in runs without a layer among them. */
function betweenLayers(e: Evidence): readonly (readonly Step[])[] {
  const layers = layersOf(e);
  const runs = new Map<number, Step[]>();
  for (const s of stepsOf(e)) {
    const after = layers.findLastIndex((cut) => cut <= s.cut);
    if (after !== -1 && after < layers.length - 1 && layers[after] !== s.cut) runs.set(after, [...(runs.get(after) ?? []), s]);
  }
  return [...runs.values()];
}

/** Returns the cuts that layers end with: products with weights, and convolutions. */
function layersOf({ bound, structure }: Evidence): readonly number[] {
  const makers = producers(bound.graph);
  return structure.trunk.flatMap((cut, i) => {
    const traits = cut.values.flatMap((v) => makers.get(v) ?? []).map((n) => traitsOf(n));
    return traits.some((t) => (t.product ?? t.convolves) !== undefined) ? [i] : [];
  });
}
