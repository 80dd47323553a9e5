import type { Prediction, Unknown } from "../../theory/prediction.js";
import { isKnown } from "../../theory/prediction.js";
import { profile } from "../../trial/measurements/profile.js";
import type { ProfileResult } from "../../trial/measurements/profile.js";
import { equivalence, marginOf } from "../../math/equivalence.js";
import type { Equivalence } from "../../math/equivalence.js";
import { estimate, slopeOf } from "../../math/estimate.js";
import type { Estimate } from "../../math/estimate.js";
import type { Expected, EvidenceRow, LawComparison, Results, RuleContext } from "../claim.js";

/** First less last of a list. */
const drop = (values: readonly number[]): number => values[0]! - values[values.length - 1]!;

/** ln of ‖g_0‖²/‖g_L‖², the squared gradient at the input over that at the output: mean over the examples, each with a cotangent of its own. */
export const growthOf = (p: ProfileResult): number => 2 * drop(p.lnGradientByExample);

/** The same of the whole batch's gradient: where examples are mixed there is no gradient of one example. */
export const batchGrowthOf = (p: ProfileResult): number => 2 * drop(p.lnGradient);

/** ln of mean x_L²/mean x_0². */
export const forwardGrowthOf = (p: ProfileResult): number => -2 * drop(p.lnActivation);

/** ln of the squared gradient scale coefficient: growth that no rescaling of units removes. NaN where it is not defined. */
export const scaleFreeOf = (p: ProfileResult): number => 2 * (p.lnScaleFree[0] ?? NaN);

/** A factor of 100 on the norm, as ln of the square. */
export const HUNDRED: number = 2 * Math.log(100);

/** A growth of 5 % a block on the square, as ln: what counts as growing at all. */
export const RATE: number = Math.log(1.05);

/** What one number of an arm is. */
export type Reading = (p: ProfileResult) => number;

/** The numbers of an arm, one for each seed. */
export const readings = (results: Results, arm: string, depth: number, reading: Reading = growthOf): readonly number[] =>
  results.of(profile, arm, depth).map(reading);

/** A law's total to hold against: `expected` the mean logarithm, its margin by the protocol. Undefined where the law is silent. */
export function total(p: Prediction | Unknown, layers: number): Expected | undefined {
  if (!isKnown(p)) return undefined;
  return { value: p.meanLn, margin: marginOf({ layers, lnRate: p.lnExpected / layers, band: p.band }), source: p.source };
}

/** The difference of two laws' totals, a over b; margins of finite size add. */
export function totalDifference(a: Prediction | Unknown, b: Prediction | Unknown, layers: number): Expected | undefined {
  if (!isKnown(a) || !isKnown(b)) return undefined;
  const lnRate = (a.lnExpected - b.lnExpected) / layers;
  return { value: a.meanLn - b.meanLn, margin: marginOf({ layers, lnRate, band: a.band + b.band }), source: a.source };
}

/** A measured mean beside a law. */
export function against(measured: Estimate, law: Expected | undefined): LawComparison | null {
  return law === undefined ? null : { ...law, held: equivalence(measured, law.value, law.margin) };
}

/** What to make a figure of. */
export interface RowRequest {
  readonly arm: string;
  readonly role: EvidenceRow["role"];
  readonly depth: number;
  readonly law?: Expected | undefined;
  readonly reading?: Reading;
  /** Default: ln of the squared gradient, input over output. */
  readonly what?: string;
}

export const GROWTH = "ln of the squared gradient, input over output";

/** A figure of any numbers, one for each seed. */
export function evidenceRow(
  values: readonly number[],
  { comparisons }: RuleContext,
  f: Omit<EvidenceRow, "measured" | "law"> & { readonly law?: Expected | undefined },
): EvidenceRow {
  const measured = estimate(values, { comparisons });
  return { ...f, measured, law: against(measured, f.law) };
}

/** The mean over seeds of one number of an arm, and the law. */
export const growthRow = (results: Results, context: RuleContext, { reading, what = GROWTH, ...f }: RowRequest): EvidenceRow =>
  evidenceRow(readings(results, f.arm, f.depth, reading), context, { what, ...f });

/** The mean over the seeds that both have of the difference between two arms, seed by seed. */
export function contrast(
  results: Results,
  context: RuleContext,
  { control, reading, what = `${GROWTH}, more than without`, ...f }: Omit<RowRequest, "role"> & { readonly control: string },
): EvidenceRow {
  const [a, b] = [readings(results, f.arm, f.depth, reading), readings(results, control, f.depth, reading)];
  const differences = a.slice(0, b.length).map((v, i) => v - b[i]!);
  return evidenceRow(differences, context, { what, role: "contrast", ...f });
}

/** Growth of ln of the squared gradient per block, over all depths of the size: a slope for every seed that the deepest arm has. */
export const rate = (results: Results, context: RuleContext, arm: string, role: EvidenceRow["role"], reading: Reading = growthOf): EvidenceRow =>
  slope(results, context, { arm, role, reading, depths: results.budget.depths, what: "growth of that logarithm per block" });

/** The same over the last two depths: where growth is not linear in the depth, how it goes on. */
export const lastRate = (results: Results, context: RuleContext, arm: string, role: EvidenceRow["role"], reading: Reading = growthOf): EvidenceRow =>
  slope(results, context, {
    arm,
    role,
    reading,
    depths: results.budget.depths.slice(-2),
    what: "growth of that logarithm per block, between the two greatest depths",
  });

function slope(
  results: Results,
  { comparisons }: RuleContext,
  f: Pick<EvidenceRow, "what" | "arm" | "role"> & { readonly reading: Reading; readonly depths: readonly number[] },
): EvidenceRow {
  const columns = f.depths.map((depth) => readings(results, f.arm, depth, f.reading));
  const rows = deepest(columns).map((_, s) => columns.map((c) => c[s]!));
  return { what: f.what, arm: f.arm, role: f.role, depth: null, measured: slopeOf(f.depths, rows, { comparisons }), law: null };
}

/** Whether every law that is held against a figure holds: `different` as soon as one does not. Undecided where there is no law. */
export function lawsHeld(figures: readonly EvidenceRow[]): Equivalence {
  const held = figures.map((f) => f.law?.held ?? "undecided");
  if (held.includes("different")) return "different";
  return held.length === 0 || held.includes("undecided") ? "undecided" : "equal";
}

/** Whether a number is above a bound, its whole interval with it. */
export const above = (f: EvidenceRow, bound: number): boolean => f.measured.low > bound;
export const below = (f: EvidenceRow, bound: number): boolean => f.measured.high < bound;

/** The last of a list that is not empty. */
export const deepest = <T>(list: readonly T[]): T => list[list.length - 1]!;

/** A factor on the squared gradient from its logarithm, to show: "×15", "×3.2e30", "×10^520". */
export function factor(ln: number): string {
  if (!Number.isFinite(ln)) return Number.isNaN(ln) ? "not a number" : ln > 0 ? "×∞" : "×0";
  const log10 = ln / Math.LN10;
  if (Math.abs(log10) > 300) return `×10^${Math.round(log10)}`;
  const x = Math.exp(ln);
  return `×${Math.abs(log10) < 4 ? Number(x.toPrecision(3)) : x.toExponential(1).replace("e+", "e")}`;
}
