import { invariant } from "../util/errors.js";
import { studentQuantile } from "../math/special-functions.js";
import { variance } from "../math/statistics.js";
import { NO_GROWTH, growthOf } from "./growth.js";
import { fitLaw } from "./law.js";
import { apartLaw, meanIncrements, oneBlockOf } from "./one-block.js";
import { mildWords, verdictWords } from "./sentence.js";
import type { Basis } from "./sentence.js";
import { spreads } from "./spread.js";
import type { PlacedSpread } from "./spread.js";
import type { Cause, Decision, Growth, Law, ProfileData, Spread, Verdict } from "./types.js";

/** T: a spread of 100× on the norm. */
const HARMFUL: number = Math.log(100);
/** T₂: a spread of 10⁴× on the norm, too much for any law. */
const EXTREME: number = Math.log(1e4);
/** A rise of 1000× is too much even where one block makes most of it: a norm with an epsilon of 1e-5 makes at most 316× of the smallest input. */
const OF_ONE_BLOCK: number = Math.log(1000);
/** A fall over time of 10⁷×: what the first step adds to the gradient of a shared weight is then below float32's rounding of the sum. */
const FORGOTTEN: number = Math.log(1e7);
/** A rate is carried no further than this many times the body it was measured on: beyond, another law may rule. */
const FURTHEST = 5;
/** Fewer other batches tell nothing of a scatter. */
const FEWEST_OTHERS = 3;
/** Rows are rounded to this before anything is computed, so that a scaled loss gives the same verdict to the last bit. */
const GRAIN = 2 ** -32;

/** Returns a row of ln‖g‖ relative to its last entry, so that a factor on the loss cancels. */
const relative = (row: readonly number[]): number[] => row.map((v) => Math.round((v - row.at(-1)!) / GRAIN) * GRAIN);
const finite = (row: readonly number[]): boolean => row.every(Number.isFinite);
const unknown: Spread = { value: NaN, low: NaN, high: NaN };
const none: Spread = { value: 0, low: 0, high: 0 };

/**
 * Returns the verdict on one network, from the profile of its gradient: whether the norm spreads over more than 100×, and by which law.
 *
 * With p the mean of ln‖g‖ over the replicates, U the largest rise of p from the output towards the input, D the largest fall:
 * - mixed: lower U and lower D > ln 100;
 * - exploding: lower U > ln 100 and the law not sub-exponential, or lower U > ln 10⁴; and lower U > upper D. vanishing: the mirror image;
 * - healthy: upper U and upper D < ln 100, or < ln 10⁴ under a sub-exponential law;
 * - non-finite: an activation or a gradient that is not a finite number;
 * - undecided: an interval that holds the threshold, no replicate.
 *
 * Where one block makes most of a rise, or the first blocks do, and the others show no exponential growth, that is no growth with depth: such a rise counts from 1000× on, and
 * the law is that of the others.
 *
 * Over time (`overTime`) a fall counts from 10⁷ on, whatever the law.
 *
 * "lower U > upper D" is where the rule is wider than "upper D < ln 100": a gradient that grows 10^300 and somewhere shrinks by 80…120× would
 * otherwise be undecided, though nobody doubts what ails it. `fitLaw` describes the departures of the law, `spreads` the intervals.
 *
 * Where something else than the blocks adds to the gradient between them (`alone`), a rise counts as far as the blocks make it themselves.
 *
 * A replicate with a zero gradient at a boundary has no logarithm and is left out; where every replicate that has a gradient at the output has
 * lost it before the input, the network is vanishing and the fall infinite. Where activations were not recorded there is no cause.
 */
export function judge(data: ProfileData, seed = 1): Verdict {
  const blocks = data.restarts.length;
  const part = data.oneOfSeveral === true ? "chain" : "body";
  for (const row of [...data.gradient, ...data.activation]) invariant(row.length === blocks + 1, "a profile has one entry per boundary");
  const recorded = data.activation.length > 0;
  invariant(!recorded || data.gradient.length === data.activation.length, "gradient and activation have the same replicates");

  const overflown = data.activation.filter((row) => row.some((v) => Number.isNaN(v) || v === Infinity)).length;
  if (overflown > 0) return unsettled("non-finite", { kind: "not-finite-forward", replicates: overflown, of: data.activation.length });
  const broken = data.gradient.filter((row) => row.some((v) => Number.isNaN(v) || v === Infinity));
  if (broken.length > 0) {
    const at = Math.max(...broken.map((row) => row.findLastIndex((v) => Number.isNaN(v) || v === Infinity)));
    return unsettled("non-finite", { kind: "not-finite", at, blocks, part, replicates: broken.length, of: data.gradient.length });
  }
  const used = data.gradient.flatMap((row, r) => (finite(row) ? [r] : []));
  if (used.length === 0) {
    const dying = data.gradient.filter((row) => row.at(-1)! > -Infinity);
    if (dying.length === 0) return unsettled("undecided", { kind: "no-gradient" });
    const at = Math.max(...dying.map((row) => row.lastIndexOf(-Infinity)));
    return dead({ kind: "dead", at, blocks, part, replicates: dying.length });
  }

  const gradient = used.map((r) => relative(data.gradient[r]!));
  const measured = spreads(gradient, data.over !== undefined, seed);
  const others = data.over === undefined ? (data.others ?? []) : [];
  const fall = scattered(measured.fall, others, -1);
  const rise = ownRise(scattered(measured.rise, others, 1), { ...data, others }, used, seed);
  const overTime = data.overTime === true;
  const increments = meanIncrements(gradient);
  const { law, form, one, apart } = apartLaw(increments, data.restarts, rise, overTime);
  const bounds = boundsOf(law, overTime, apart);
  const growth = growthOf(gradient, data.over, law);

  const scaleFree = used.flatMap((r, i) => {
    const activation = data.activation[r];
    return activation && finite(activation) ? [relative(activation).map((a, l) => a + gradient[i]![l]!)] : [];
  });
  const free = scaleFree.length === 0 ? null : spreads(scaleFree, data.over !== undefined, seed);
  const freeGrowth = free === null ? NO_GROWTH : growthOf(scaleFree, data.over, fitLaw(meanIncrements(scaleFree), data.restarts).law);

  const decision = decide(rise, fall, bounds, overTime);
  const ill = isIll({ decision });
  const cause: Cause | null = !ill || free === null ? null : Math.max(free.rise.high, free.fall.high) < HARMFUL ? "units" : "dynamics";
  // A fall over time starves nothing at ÷100.
  const falls = overTime && (growth.perBlock ?? 1) < 1;
  const projection = decision === "healthy" && law === "exponential" && !falls ? project(growth, blocks) : null;
  const widest = decision === "vanishing" || (decision !== "exploding" && fall.value > rise.value) ? fall : rise;
  const spread = ({ value, low, high }: Spread): Spread => ({ value, low, high });
  const verdict = {
    decision,
    cause,
    law,
    rise: spread(rise),
    fall: spread(fall),
    scaleFreeRise: free === null ? unknown : spread(free.rise),
    scaleFreeFall: free === null ? unknown : spread(free.fall),
    gradient: growth,
    scaleFree: freeGrowth,
    projection,
    one: decision === "healthy" && rise.high > HARMFUL && apart ? one : null,
    from: widest.from,
    to: widest.to,
  };
  const single = widest === rise ? one : oneBlockOf(increments, fall, -1, false);
  const replicates = data.over === undefined || used.length < 2 ? null : { count: used.length, over: data.over };
  return {
    ...verdict,
    ...verdictWords(verdict, { kind: "measured", blocks, part, form, rise, fall, single, replicates, bounds }),
  };
}

/** Returns the rise as far as the blocks make it themselves. */
function ownRise(
  rise: PlacedSpread,
  { alone, othersAlone = [], over, others = [] }: ProfileData,
  used: readonly number[],
  seed: number,
): PlacedSpread {
  const rows = used.flatMap((r) => (alone?.[r] && finite(alone[r]) ? [alone[r]] : []));
  if (rows.length < used.length) return rise;
  const { rise: own } = spreads(rows.map(relative), over !== undefined, seed);
  return own.value < rise.value ? scattered(own, others.length > 0 ? othersAlone : [], 1) : rise;
}

/**
 * Returns a spread of one profile with the interval of a single draw: Student's t times the standard deviation of the same difference over other batches.
 * Without at least three of them it stays a point.
 */
function scattered(s: PlacedSpread, others: readonly (readonly number[])[], sign: 1 | -1): PlacedSpread {
  const values = others.filter(finite).map((row) => sign * (row[s.from]! - row[s.to]!));
  if (values.length < FEWEST_OTHERS || s.from === s.to) return s;
  const reach = studentQuantile(0.975, values.length - 1) * Math.sqrt(variance(values));
  return { ...s, low: Math.max(0, s.value - reach), high: s.value + reach };
}

/** Tells whether a verdict is one of a gradient that does not keep its size. */
export const isIll = ({ decision }: Pick<Verdict, "decision">): boolean =>
  decision === "exploding" || decision === "vanishing" || decision === "mixed";

/** ln of the rise and of the fall from which a profile is ill. */
interface Bounds {
  readonly rise: number;
  readonly fall: number;
}

/** Returns the bounds under a law; `apart`: one block makes most of a rise, or the first ones do, and the others show no exponential growth. A fall starves whichever block makes it. */
function boundsOf(law: Law, overTime: boolean, apart: boolean): Bounds {
  const bound = law === "sub-exponential" && !apart ? EXTREME : HARMFUL;
  return { rise: apart ? OF_ONE_BLOCK : bound, fall: overTime ? FORGOTTEN : bound };
}

/** Returns the decision that the two spreads and the law lead to. */
function decide(rise: Spread, fall: Spread, { rise: bound, fall: deepest }: Bounds, overTime: boolean): Decision {
  const most = overTime ? FORGOTTEN : HARMFUL;
  if (rise.low > HARMFUL && fall.low > most) return "mixed";
  if (rise.low > bound && (rise.low > fall.high || (overTime && fall.high < most))) return "exploding";
  if (fall.low > deepest && fall.low > rise.high) return "vanishing";
  return rise.high < bound && fall.high < deepest ? "healthy" : "undecided";
}

/** Returns the number of blocks at which the norm would have changed 100×, for a rate whose interval excludes 1 and not too far away; else null. */
function project(growth: Growth, blocks: number): number | null {
  const { perBlock, low, high } = growth;
  if (perBlock === null || low === null || high === null || (low <= 1 && high >= 1)) return null;
  const at = Math.ceil((2 * HARMFUL) / Math.abs(Math.log(perBlock)));
  return at <= FURTHEST * blocks ? at : null;
}

/** Returns the verdict on a network that has nothing to train: a profile that keeps its size is no health of it. */
export const withoutParameters = (basis: Basis & { readonly kind: "no-parameters" }): Verdict => unsettled("undecided", basis);

/** Returns the verdict on a network of which results are not finite, whatever its profile says: NaN is never healthy. */
export const notFinite = (basis: Basis & { readonly kind: "results-not-finite" }): Verdict => unsettled("non-finite", basis);

/** Returns a verdict without a profile to rest on. */
function unsettled(decision: "undecided" | "non-finite", basis: Basis): Verdict {
  const verdict = {
    decision,
    cause: null,
    law: "undetermined" as const,
    rise: unknown,
    fall: unknown,
    scaleFreeRise: unknown,
    scaleFreeFall: unknown,
    gradient: NO_GROWTH,
    scaleFree: NO_GROWTH,
    projection: null,
    one: null,
    from: 0,
    to: 0,
  };
  return { ...verdict, ...verdictWords(verdict, basis) };
}

/** Returns the verdict where the gradient of every replicate becomes exactly zero at a boundary, going from the output to the input. */
function dead(basis: Basis & { readonly kind: "dead" }): Verdict {
  const endless: Spread = { value: Infinity, low: Infinity, high: Infinity };
  const verdict = {
    decision: "vanishing" as const,
    cause: "dynamics" as const,
    law: "undetermined" as const,
    rise: none,
    fall: endless,
    scaleFreeRise: none,
    scaleFreeFall: endless,
    gradient: NO_GROWTH,
    scaleFree: NO_GROWTH,
    projection: null,
    one: null,
    from: basis.at,
    to: basis.at + 1,
  };
  return { ...verdict, ...verdictWords(verdict, basis) };
}

/** How many times as far as batches scatter a spread must lie from the thresholds to be decided without an interval. */
const SAFE = 3;
/**
 * The standard deviation of ln of a spread (docs/adr/0008-verdict.md, measured up to 50 blocks): between single examples; and between batches of networks whose
 * norms run over one value. Of N examples, or of norms over N values, it is smaller by √N.
 */
const SCATTER = { examples: 0.9, norms: 1.7 } as const;

/** What a batch is made of: its examples, and the fewest values that a norm over the batch averages for one channel; undefined where there is no such norm. */
export interface BatchSize {
  readonly examples: number;
  readonly values: number | undefined;
}

/** Returns how far, in logarithms, another batch of this size may lie: three times the known scatter. */
export const scatterOf = ({ examples, values }: BatchSize): number =>
  SAFE * (values === undefined ? SCATTER.examples / Math.sqrt(Math.max(1, examples)) : SCATTER.norms / Math.sqrt(Math.max(1, values)));

/**
 * Tells whether a verdict that rests on one profile, without an interval, lies so near to a threshold that another batch of this size might change it: within
 * three times the known scatter, in logarithms, of 100, of 10⁴, for a fall of 10⁵, or (over time) of 10⁷.
 */
export function isUncertain({ rise, fall, decision, one }: Verdict, overTime: boolean, size: BatchSize): boolean {
  if (decision === "non-finite") return false;
  const reach = scatterOf(size);
  const near = (s: Spread, bounds: readonly number[]): boolean =>
    Number.isFinite(s.value) && s.low === s.high && bounds.some((b) => Math.abs(s.value - b) < reach);
  return near(rise, one === null ? [HARMFUL, EXTREME] : [OF_ONE_BLOCK]) || near(fall, overTime ? [FORGOTTEN] : [HARMFUL, EXTREME, MILD]);
}

/** A fall below this that one factor takes away keeps no network of few blocks from learning. */
const MILD: number = Math.log(1e5);
/** The most blocks of such a chain. Plain networks of more do not learn with the factor either. */
const FEW_BLOCKS = 20;

/**
 * Returns the verdict on a chain of `blocks` blocks that vanishes by its own measure and yet trains: a fall that one factor on all weights takes away, below 10⁵ and over at most
 * 20 blocks. Adam divides each gradient by its own size, and such networks learn within 2,000 steps (docs/adr/0008-verdict.md). A fall that may vanish or not is healthy
 * either way then; one whose interval holds 10⁵ is undecided. Undefined for any other verdict.
 */
export function mild(verdict: Verdict, factor: number, blocks: number): Verdict | undefined {
  const { decision, fall, rise } = verdict;
  if ((decision !== "vanishing" && decision !== "undecided") || !(rise.high < HARMFUL) || !(factor > 1)) return undefined;
  if (blocks > FEW_BLOCKS || !(fall.low < MILD)) return undefined;
  const decided: Decision = fall.high < MILD ? "healthy" : "undecided";
  return { ...verdict, decision: decided, cause: null, ...mildWords(verdict, decided, Math.exp(MILD)) };
}
