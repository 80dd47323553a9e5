import type { Prediction, Unknown } from "../../theory/prediction.js";
import { isKnown } from "../../theory/prediction.js";
import { profile } from "../../trial/measurements/profile.js";
import type { ProfileResult } from "../../trial/measurements/profile.js";
import { equivalence, marginOf } from "../../math/equivalence.js";
import type { Equivalence } from "../../math/equivalence.js";
import { estimate, slopeOf } from "../../math/estimate.js";
import type { Estimate } from "../../math/estimate.js";
import type { ArmKind, EvidenceRow, Expected, LawComparison, Results, RuleContext } from "../claim.js";
import { logarithmOf } from "./quantity.js";
import type { NamedQuantity } from "./quantity.js";

/** Returns the first number of a list less the last. */
const drop = (values: readonly number[]): number => values[0]! - values[values.length - 1]!;

/** Returns ln of ‖g_0‖²/‖g_L‖², the squared gradient at the input over that at the output: mean over the examples, each with a cotangent of its own. */
export const growthOf = (p: ProfileResult): number => 2 * drop(p.lnGradientByExample);

/** Returns the same of the whole batch's gradient: where examples are mixed there is no gradient of one example. */
export const batchGrowthOf = (p: ProfileResult): number => 2 * drop(p.lnGradient);

/** Returns ln of mean x_L²/mean x_0². */
export const forwardGrowthOf = (p: ProfileResult): number => -2 * drop(p.lnActivation);

/** Returns ln of the squared gradient scale coefficient: growth that no rescaling of units removes. NaN where it is not defined. */
export const scaleFreeOf = (p: ProfileResult): number => 2 * (p.lnScaleFree[0] ?? NaN);

/** A factor of 100 on the norm, as ln of the square. */
export const HUNDRED: number = 2 * Math.log(100);

/** A growth of 5 % a block on the square, as ln: what counts as growing at all. */
export const RATE: number = Math.log(1.05);

/** What one number of an arm is. */
export type Statistic = (p: ProfileResult) => number;

/** Returns the numbers of an arm, one for each seed. */
export const statistics = (results: Results, arm: Pick<ArmKind, "name">, depth: number, statistic: Statistic = growthOf): readonly number[] =>
  results.of(profile, arm.name, depth).map(statistic);

/** Returns the total that a law gives: `expected` the mean logarithm, its margin by the protocol. Undefined where the law is silent. */
export function total(p: Prediction | Unknown, layers: number): Expected | undefined {
  if (!isKnown(p)) return undefined;
  return { value: p.meanLn, margin: marginOf({ layers, lnRate: p.lnExpected / layers, band: p.band }), source: p.source };
}

/** Returns the difference of two laws' totals, a over b; margins of finite size add. */
export function totalDifference(a: Prediction | Unknown, b: Prediction | Unknown, layers: number): Expected | undefined {
  if (!isKnown(a) || !isKnown(b)) return undefined;
  const lnRate = (a.lnExpected - b.lnExpected) / layers;
  return { value: a.meanLn - b.meanLn, margin: marginOf({ layers, lnRate, band: a.band + b.band }), source: a.source };
}

/** Compares a measured mean with a law; null where there is none. */
export function besideLaw(measured: Estimate, law: Expected | undefined): LawComparison | null {
  return law === undefined ? null : { ...law, held: equivalence(measured, law.value, law.margin) };
}

/** What a row is about: an arm, or in words of its own what it compares. */
export interface Subject {
  readonly arm: ArmKind | string;
  /** Default: the arm's. */
  readonly role?: EvidenceRow["role"];
  readonly depth: number | null;
  readonly quantity: NamedQuantity;
  readonly x?: EvidenceRow["x"];
}

/** Returns the fields of a row that say what it is about. */
function about({ arm, role, depth, quantity: { what, kind, of }, x }: Subject): Omit<EvidenceRow, "measured" | "law"> {
  const own = typeof arm === "string" ? { arm } : { arm: arm.name, factors: arm.factors };
  const roleOf = role ?? (typeof arm === "string" ? "contrast" : arm.role);
  return { what, quantity: { kind, of }, ...own, role: roleOf, depth, ...(x === undefined ? {} : { x }) };
}

/** Returns a row of an estimate that was made elsewhere. */
export const estimatedRow = (measured: Estimate, subject: Subject, law?: Expected): EvidenceRow => ({
  ...about(subject),
  measured,
  law: besideLaw(measured, law),
});

/** Returns a row of any numbers, one for each seed. */
export const evidenceRow = (values: readonly number[], { comparisons }: RuleContext, subject: Subject, law?: Expected): EvidenceRow =>
  estimatedRow(estimate(values, { comparisons }), subject, law);

/** Returns the row of a slope over `xs`, fitted seed by seed: `columns[i][s]` is the number of seed s at `xs[i]`; as many seeds as the last column has. */
export function slopeRow(
  xs: readonly number[],
  columns: readonly (readonly number[])[],
  { comparisons }: RuleContext,
  subject: Subject,
): EvidenceRow {
  const rows = deepest(columns).map((_, s) => columns.map((c) => c[s]!));
  return estimatedRow(slopeOf(xs, rows, { comparisons }), subject);
}

/** Which number of which arm a row is about. */
export interface RowRequest {
  readonly arm: ArmKind;
  readonly depth: number;
  readonly law?: Expected | undefined;
  readonly statistic?: Statistic;
  /** Default: ln of the squared gradient, input over output. */
  readonly quantity?: NamedQuantity;
}

export const GROWTH: NamedQuantity = logarithmOf("squared gradient, input over output");
const MORE: NamedQuantity = logarithmOf("squared gradient, input over output, with over without", `${GROWTH.what}, more than without`);
export const RATE_PER_BLOCK: NamedQuantity = logarithmOf("growth of the squared gradient per block", "growth of that logarithm per block");
/** The gradient scale coefficient does not change with the units of the activations. */
export const SCALE_FREE_RATE: NamedQuantity = logarithmOf("squared gradient scale coefficient, per block");
const LAST_RATE: NamedQuantity = logarithmOf(
  "growth of the squared gradient per block, between the two greatest depths",
  `${RATE_PER_BLOCK.what}, between the two greatest depths`,
);

/** Returns the mean over seeds of one number of an arm, and the law. */
export const growthRow = (results: Results, context: RuleContext, { arm, depth, law, statistic, quantity = GROWTH }: RowRequest): EvidenceRow =>
  evidenceRow(statistics(results, arm, depth, statistic), context, { arm, depth, quantity }, law);

/** Returns the first less the second, seed by seed, over the seeds that both have. */
export const less = (a: readonly number[], b: readonly number[]): readonly number[] => a.slice(0, b.length).map((v, i) => v - b[i]!);

/** Returns the mean over the seeds that both have of the difference between two arms, seed by seed. */
export function contrast(
  results: Results,
  context: RuleContext,
  { arm, control, depth, law, statistic, quantity = MORE }: RowRequest & { readonly control: ArmKind },
): EvidenceRow {
  const differences = less(statistics(results, arm, depth, statistic), statistics(results, control, depth, statistic));
  return evidenceRow(differences, context, { arm, role: "contrast", depth, quantity }, law);
}

/** Returns the growth of a logarithm per block, over all depths of the budget: a slope for every seed that the deepest arm has. Default: of the squared gradient. */
export const rate = (
  results: Results,
  context: RuleContext,
  arm: ArmKind,
  statistic: Statistic = growthOf,
  quantity: NamedQuantity = RATE_PER_BLOCK,
): EvidenceRow => slope(results, context, arm, { statistic, depths: results.budget.depths, quantity });

/** Returns the same over the last two depths: where growth is not linear in the depth, how it goes on. */
export const lastRate = (results: Results, context: RuleContext, arm: ArmKind, statistic: Statistic = growthOf): EvidenceRow =>
  slope(results, context, arm, { statistic, depths: results.budget.depths.slice(-2), quantity: LAST_RATE });

/** Returns the growth per block of one number of an arm over some depths. */
export function slope(
  results: Results,
  context: RuleContext,
  arm: ArmKind,
  { statistic, depths, quantity }: { readonly statistic: Statistic; readonly depths: readonly number[]; readonly quantity: NamedQuantity },
): EvidenceRow {
  const columns = depths.map((depth) => statistics(results, arm, depth, statistic));
  return slopeRow(depths, columns, context, { arm, depth: null, quantity });
}

/** Tells whether measured numbers equal their laws: `different` as soon as one does not, `undecided` where a number has none. */
export function lawsHeld(rows: readonly EvidenceRow[]): Equivalence {
  const held = rows.map((r) => r.law?.held ?? "undecided");
  if (held.includes("different")) return "different";
  return held.length === 0 || held.includes("undecided") ? "undecided" : "equal";
}

/** Returns the last of a list that is not empty. */
export const deepest = <T>(list: readonly T[]): T => list[list.length - 1]!;
