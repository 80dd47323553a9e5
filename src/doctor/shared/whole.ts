import { producers, readers } from "../../graph/graph.js";
import { nodesSite } from "../../graph/site.js";
import type { Site } from "../../graph/site.js";
import { traitsOf } from "../../ops/registry.js";
import { lnGradientAt } from "../../probe/check-readings.js";
import type { Evidence } from "../evidence.js";
import type { Severity } from "../finding.js";
import type { Spread } from "../../verdict/types.js";
import { overReplicates } from "./over-replicates.js";
import { HUNDREDFOLD, sum } from "./profile.js";

/** A node of the trunk that alone leads from one cut to the next. */
interface Step {
  /** The index of the cut behind it. */
  readonly cut: number;
  readonly node: string;
  readonly op: string;
  /** ln of the factor on the gradient's norm, from its output to its input. */
  readonly lnGain: number;
  /** Whether the data do not change that: it multiplies by a constant. */
  readonly exact: boolean;
}

/** Fewer functions that saturate are an output's own, not depth. */
const FEWEST = 2;
/** Networks with fewer learn (docs/adr/0008-verdict.md), but where they take more than 10⁴. */
const WORTH_WARNING = 4;
const EXTREME = Math.log(1e4);
/** A slope that on average halves the gradient is worth a remark. */
const HALVES = Math.log(2);

/** Returns the nodes of the trunk, stem and head included, that stand alone between two cuts; steps in time, which share their weights, left out. */
function stepsOf(e: Evidence): readonly Step[] {
  const { graph } = e.bound;
  const [makers, takers] = [producers(graph), readers(graph)];
  const overTime = e.structure.spans.filter((s) => s.kind === "recurrent");
  return e.structure.trunk.flatMap((cut, i): Step[] => {
    const before = i > (e.chain.since ?? 0) ? e.structure.trunk[i - 1] : undefined;
    const node = cut.values.length === 1 ? makers.get(cut.values[0]!) : undefined;
    if (before?.values.length !== 1 || node === undefined || overTime.some((s) => i > s.from && i <= s.to)) return [];
    const others = node.inputs.filter((v) => v !== "" && v !== before.values[0]);
    if (others.length === node.inputs.length || others.some((v) => !graph.initializers.has(v))) return [];
    // What other nodes add to the gradient of its input is none of its gain.
    if (takers.get(before.values[0]!)!.length > 1) return [];
    const lnGain = lnGradientAt(e, i - 1) - lnGradientAt(e, i);
    const { arithmetic } = traitsOf(node);
    const exact = arithmetic !== undefined && (arithmetic !== "quotient" || node.inputs[0] === before.values[0]);
    return Number.isNaN(lnGain) ? [] : [{ cut: i, node: node.origin?.node ?? node.name, op: node.op, lnGain, exact }];
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
 * to be judged. A warning where it passes 100× (of fewer than four such functions 10⁴×) and their slopes alone make most of it, each with its whole interval over the replicates; a remark where they halve
 * the gradient or worse. Undefined elsewhere.
 */
export function slopes(e: Evidence): SlopeFacts | undefined {
  const squashing = stepsOf(e).filter((s) => traitsOf(s).squashes !== undefined);
  const [first, last] = [squashing[0], squashing[squashing.length - 1]];
  if (first === undefined || last === undefined || squashing.length < FEWEST) return undefined;
  const cuts = [...new Set(squashing.flatMap((s) => [s.cut - 1, s.cut]))];
  const fallOf: OfGradient = (at) => at(last.cut) - at(first.cut - 1);
  const slopesOf: OfGradient = (at) => sum(squashing.map((s) => at(s.cut) - at(s.cut - 1)));
  const over = (of: OfGradient): Spread => overReplicates(e, cuts, of);
  const [fall, all, own] = [over(fallOf), over(slopesOf), over((at) => 2 * slopesOf(at) - fallOf(at))];
  const halved = HALVES * squashing.length;
  if (!Number.isFinite(fall.value) || fall.value <= 0 || own.value < 0 || all.value < halved) return undefined;
  const site = nodesSite(squashing.map((s) => s.node));
  const sure = fall.low > (squashing.length < WORTH_WARNING ? EXTREME : HUNDREDFOLD) && own.low >= 0 && all.low >= halved;
  return { severity: sure ? "warning" : "info", site, op: first.op, layers: squashing.length, lnFall: fall.value, lnSlopes: all.value };
}

type OfGradient = (at: (cut: number) => number) => number;

/** One node that multiplies the gradient by more than 100 or less than 1/100, although it has no weights and pools nothing. */
export interface OpFacts {
  /** A warning where the whole interval lies beyond 100×, a remark where it holds that. */
  readonly severity: Severity;
  readonly site: Site;
  readonly op: string;
  /** ln of the factor, and its 95 % interval; both ends are the value where the data do not change it. */
  readonly lnGain: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Finds the nodes of the whole trunk that are not layers and yet change the gradient by more than 100×, the worst first. What its neighbours undo before the
 * next layer (log(1 + exp(βx))/β) takes nothing from any parameter, nor does what stands before the first one (pixels over 255) or after the last (the scale of the loss).
 */
export const steepOps = (e: Evidence): readonly OpFacts[] =>
  betweenLayers(e)
    .flatMap((stretch) => stretch.steps.filter(mayBeSteep).flatMap((s) => steepOf(e, s, stretch)))
    .sort((a, b) => Math.abs(b.lnGain) - Math.abs(a.lnGain));

function mayBeSteep(s: Step): boolean {
  const { product, convolves, norm, pools, moves, resamples, casts } = traitsOf(s);
  return Number.isFinite(s.lnGain) && !(product ?? convolves ?? norm ?? pools ?? moves ?? resamples ?? casts);
}

/** Returns what a node does, where it and all that stands between the layers around it change the gradient by more than 100× the same way. */
function steepOf(e: Evidence, s: Step, { from, to, steps }: Stretch): readonly OpFacts[] {
  const own = overReplicates(e, [s.cut - 1, s.cut], (at) => at(s.cut - 1) - at(s.cut), s.exact);
  const all = overReplicates(e, [from, to], (at) => at(from) - at(to), steps.length === to - from && steps.every((t) => t.exact));
  const { value, low, high } = own;
  if (!(Math.abs(value) > HUNDREDFOLD && all.value * Math.sign(value) > HUNDREDFOLD)) return [];
  const nearest = ({ low: l, high: h }: Spread): number => (value > 0 ? l : -h);
  const sure = nearest(own) > HUNDREDFOLD && nearest(all) > HUNDREDFOLD;
  return [{ severity: sure ? "warning" : "info", site: nodesSite([s.node]), op: s.op, lnGain: value, low, high }];
}

/** One node that is no layer and makes most of a spread. */
export interface Culprit {
  readonly node: string;
  readonly op: string;
  /** ln of the factor on the gradient's norm, from its output to its input. */
  readonly lnGain: number;
  /** Whether it multiplies by a constant. */
  readonly constant: boolean;
}

/** Returns the node among some cuts that is no layer and that alone, with what stands beside it between two layers, makes at least so much of a rise (sign 1) or fall (−1). */
export function culpritIn(e: Evidence, range: { readonly from: number; readonly to: number }, sign: 1 | -1, least: number): Culprit | null {
  // What comes after the last layer of a branch that joins another is no scale of the loss.
  const found = betweenLayers(e, [...layersOf(e), e.structure.trunk.length]).flatMap(({ from, to, steps }) => {
    const all = sign * (lnGradientAt(e, from) - lnGradientAt(e, to));
    return all < least ? [] : steps.filter((s) => mayBeSteep(s) && s.cut > range.from && s.cut <= range.to && sign * s.lnGain >= least);
  });
  if (found.length === 0) return null;
  const { node, op, lnGain, exact } = found.reduce((a, b) => (sign * b.lnGain > sign * a.lnGain ? b : a));
  return { node, op, lnGain, constant: exact };
}

/** What lies between two layers of the trunk: the cuts behind the one and before the other, and the nodes that stand alone between two cuts there. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly steps: readonly Step[];
}

/** Returns what lies between the layers of the trunk; what comes after the last is the loss's scale. */
function betweenLayers(e: Evidence, layers = layersOf(e)): readonly Stretch[] {
  const steps = stepsOf(e);
  return layers.slice(0, -1).map((from, k) => {
    const to = layers[k + 1]! - 1;
    return { from, to, steps: steps.filter((s) => s.cut > from && s.cut <= to) };
  });
}

/** Returns the cuts that layers end with: products with weights, and convolutions. */
function layersOf({ bound, structure }: Evidence): readonly number[] {
  const makers = producers(bound.graph);
  return structure.trunk.flatMap((cut, i) => {
    const traits = cut.values.flatMap((v) => makers.get(v) ?? []).map((n) => traitsOf(n));
    return traits.some((t) => (t.product ?? t.convolves) !== undefined) ? [i] : [];
  });
}
