import { activation } from "../theory/activation.js";
import { singleBranch } from "../theory/laws/residual.js";
import { profile } from "../trial/measurements/profile.js";
import { sensitivity } from "../trial/measurements/sensitivity.js";
import type { Sensitivity } from "../probe/sensitivity.js";
import { mean } from "../math/statistics.js";
import { decimals } from "../util/format.js";
import type { Arm, ArmKind, Budget, Claim, EvidenceRow, Expected, Results, RuleContext } from "./claim.js";
import { arms, branchNet, controlArm, testArm } from "./shared/arms.js";
import { HUNDRED, deepest, evidenceRow, less, total } from "./shared/evidence-rows.js";
import type { Factors } from "./shared/factors.js";
import { EXPLOSION, FIVE_PERCENT_EACH, above, all, below, every, fact, isAbove, named, otherwise, some } from "./shared/predicates.js";
import { logarithmOf } from "./shared/quantity.js";
import type { NamedQuantity } from "./shared/quantity.js";
import { claim } from "./shared/rule.js";
import type { Rule } from "./shared/rule.js";

/** Branches with and without a skip around them; the first is the bare one, which has a law. */
const BRANCHES: readonly Factors[] = [{ activation: "relu" }, { activation: "tanh", weightVariance: 4 }, { norm: "batch" }];
const withSkip = (branch: Factors): ArmKind => testArm({ ...branch, skip: true });
const without = (branch: Factors): ArmKind => controlArm({ ...branch, skip: false });

const SPELLING = { product: "" };
const balanced = (more: Factors = {}): ArmKind => controlArm({ order: "weight-act", ...more }, SPELLING);
const rebalanced = (more: Factors = {}): ArmKind => testArm({ order: "weight-act", rebalance: 4, ...more }, SPELLING);
/** How far apart, in ln, forward and reverse mode may find ‖J‖_F². */
const APART = 0.15;

/** So small that no network amplifies it beyond a linear answer, e^27 times as large; rounding is a ten-thousandth of it. */
const MEASURE = { name: "sensitivity", size: 1e-12, directions: 1 };

/** Differences grow with depth: few seeds of a narrow network tell, at the ends of the range of depths. */
const own = ({ depths, ...budget }: Budget): Budget => ({
  ...budget,
  depths: [...new Set([depths[0]!, deepest(depths)])],
  seeds: budget.name === "full" ? 20 : 16,
  width: Math.min(budget.width, budget.name === "full" ? 128 : 64),
});

function sweep(given: Budget, skips: boolean): readonly Arm[] {
  const budget = own(given);
  const shared = { examples: 16, inputs: "manifold" } as const;
  const ends = { ...budget, depths: [deepest(budget.depths)] };
  const whole = { net: { arch: "mlp" }, ...shared };
  const changed = { net: { arch: "mlp", ...(skips ? { rebalance: 4 } : {}) }, ...shared };
  return [
    ...BRANCHES.flatMap((branch) => [
      ...arms(budget, without(branch), { net: branchNet({ ...branch, skip: false }), measure: MEASURE, ...shared }),
      ...arms(budget, withSkip(branch), { net: branchNet({ ...branch, skip: skips }), measure: MEASURE, ...shared }),
    ]),
    ...arms(ends, balanced(), { ...whole, measure: MEASURE }),
    ...arms(ends, rebalanced(), { ...changed, measure: MEASURE }),
    ...arms(ends, balanced({ measured: "profile" }), whole),
    ...arms(ends, rebalanced({ measured: "profile" }), changed),
  ];
}

const RELATIVE = logarithmOf("squared relative answer to a perturbation");
const RAW = logarithmOf("squared answer to a perturbation");
const RELATIVE_MORE = logarithmOf(`${RELATIVE.of}, without the skip over with it`, `${RELATIVE.what}, more without the skip`);
const RAW_MORE = logarithmOf(`${RAW.of}, without the skip over with it`, `${RAW.what}, more without the skip`);
const RAW_OFF = logarithmOf(`${RAW.of}, off the data's subspace over inside`, `${RAW.what}, off the data's subspace less inside`);
const RELATIVE_ALONE = logarithmOf(`${RELATIVE.of}, one example of the batch perturbed`);
const OTHERS = logarithmOf("other examples' squared answer to it");
const REBALANCED = logarithmOf(`${RAW.of}, rebalanced over not`, `${RAW.what}, rebalanced less not`);
const SPREAD = logarithmOf(
  "spread of squared gradients over depth, rebalanced over not",
  "ln of the spread of squared gradients over depth, rebalanced less not",
);
const INSTRUMENT = logarithmOf(
  "‖J‖_F² by forward mode over that by reverse mode, mean of the networks that do not mix examples",
  "ln ‖J‖_F² by forward mode less by reverse mode, mean of the networks that do not mix examples",
);

const values = (results: Results, arm: ArmKind, depth: number, of: (s: Sensitivity) => number): readonly number[] =>
  results.of(sensitivity, arm.name, depth).map(of);

/** How one branch answers, without its skip and with it, at the greatest depth. */
interface Part {
  readonly name: string;
  readonly rows: readonly EvidenceRow[];
  /** Relative answer without the skip less with it. */
  readonly more: EvidenceRow;
  readonly relative: readonly [plain: EvidenceRow, skip: EvidenceRow];
  readonly raw: readonly [plain: EvidenceRow, skip: EvidenceRow];
  readonly off: readonly EvidenceRow[];
}

function partOf(results: Results, context: RuleContext, branch: Factors, { depths, width }: Budget): Part {
  const end = deepest(depths);
  const sides = [without(branch), withSkip(branch)] as const;
  const lawOf = (depth: number, { factors: { skip } }: ArmKind): Expected | undefined => {
    const net = { branch: singleBranch(activation("relu")), depth, width, ...(skip === true ? {} : { skipScale: 0 }) };
    return branch === BRANCHES[0] ? total(context.laws.residual(net), depth) : undefined;
  };
  const row = (arm: ArmKind, depth: number, quantity: NamedQuantity, of: (r: Sensitivity) => number, law?: Expected): EvidenceRow =>
    evidenceRow(values(results, arm, depth, of), context, { quantity, arm, depth }, law);
  const relative = sides.map((arm) => depths.map((depth) => row(arm, depth, RELATIVE, (r) => r.isotropic.relative)));
  const raw = sides.map((arm) => depths.map((depth) => row(arm, depth, RAW, (r) => r.isotropic.raw, lawOf(depth, arm))));
  const off = sides.map((arm) => row(arm, end, RAW_OFF, (r) => (r.off?.raw ?? NaN) - (r.inside?.raw ?? NaN)));
  const compared = (quantity: NamedQuantity, of: (r: Sensitivity) => number): EvidenceRow => {
    const differences = less(values(results, sides[0], end, of), values(results, sides[1], end, of));
    return evidenceRow(differences, context, { quantity, arm: sides[0], role: "contrast", depth: end });
  };
  const more = compared(RELATIVE_MORE, (r) => r.isotropic.relative);
  const mixing = sides.filter((arm) => results.of(sensitivity, arm.name, end)[0]!.mixes);
  const alone = mixing.flatMap((arm) => [row(arm, end, RELATIVE_ALONE, (r) => r.alone.relative), row(arm, end, OTHERS, (r) => r.alone.others)]);
  const ends = (rows: readonly (readonly EvidenceRow[])[]): Part["raw"] => [deepest(rows[0]!), deepest(rows[1]!)];
  const rows = [...relative.flat(), ...raw.flat(), more, compared(RAW_MORE, (r) => r.isotropic.raw), ...off, ...alone];
  return { name: sides[0].name, rows, more, relative: ends(relative), raw: ends(raw), off };
}

/** What rebalanced weights change: the answer, and the spread of the gradient profile. */
function intervention(results: Results, context: RuleContext, depth: number): readonly [EvidenceRow, EvidenceRow] {
  const answer = (arm: ArmKind): readonly number[] => values(results, arm, depth, (r) => r.isotropic.raw);
  const spreads = (arm: ArmKind): readonly number[] =>
    results.of(profile, arm.name, depth).map((r) => 2 * (Math.max(...r.lnGradient) - Math.min(...r.lnGradient)));
  const about = { arm: rebalanced(), role: "contrast", depth } as const;
  const profiles = less(spreads(rebalanced({ measured: "profile" })), spreads(balanced({ measured: "profile" })));
  return [
    evidenceRow(less(answer(rebalanced()), answer(balanced())), context, { quantity: REBALANCED, ...about }),
    evidenceRow(profiles, context, { quantity: SPREAD, ...about }),
  ];
}

/** ‖J‖_F by forward mode beside that by reverse mode: at the least depth, where one direction tells most of it, and where no batch is mixed, so that every example is a draw. */
function instrumentOf(results: Results, context: RuleContext, { depths }: Budget): EvidenceRow {
  const [start, end] = [depths[0]!, deepest(depths)];
  const apart = BRANCHES.flatMap((branch) => [without(branch), withSkip(branch)]).filter((arm) => !results.of(sensitivity, arm.name, end)[0]!.mixes);
  const each = apart.map((arm) => values(results, arm, start, (r) => r.lnForward - r.lnBackward));
  const gaps = each[0]!.map((_, s) => mean(each.map((g) => g[s]!)));
  const law = { value: 0, margin: APART, source: "both are the sum of the squared singular values" };
  return evidenceRow(gaps, context, { quantity: INSTRUMENT, arm: "instrument", depth: start }, law);
}

function measure(results: Results, context: RuleContext) {
  const budget = own(results.budget);
  const depth = deepest(budget.depths);
  const parts = BRANCHES.map((branch) => partOf(results, context, branch, budget));
  const instrument = instrumentOf(results, context, budget);
  const [moved, spread] = intervention(results, context, depth);
  return { parts, instrument, moved, spread, depth, evidence: [...parts.flatMap((p) => p.rows), instrument, moved, spread] };
}

type Facts = ReturnType<typeof measure>;

function rest({ parts, moved, spread, depth }: Facts): string {
  const number = (row: EvidenceRow): string => decimals(row.measured.value, 1);
  const each = ({ name, relative, raw }: Part): string =>
    `${number(relative[0])} without the skip and ${number(relative[1])} with it for ${name} (raw ${number(raw[0])} and ${number(raw[1])})`;
  const off = Math.max(...parts.flatMap((p) => p.off.map((row) => row.measured.value)));
  const unmoved = isAbove(spread, HUNDRED) && Math.abs(moved.measured.value) < 1e-6;
  const cause = unmoved
    ? ` Rebalanced weights leave every answer as it is and change the spread of the squared gradients by more than ${EXPLOSION.words}: sensitivity is not what makes the profile.`
    : "";
  return `over ${depth} blocks ln of the squared relative answer is ${parts.map(each).join("; ")}. Off the data's subspace ln of the squared answer is at most ${decimals(off, 1)} more than inside.${cause}`;
}

const MORE_WITHOUT = named<Part>("the growth of the squared relative answer without the skip over that with it", (p) => p.more);
const greater = above(MORE_WITHOUT, FIVE_PERCENT_EACH);
const notGreater = below(MORE_WITHOUT, FIVE_PERCENT_EACH);
const parts = (f: Facts): readonly Part[] => f.parts;
const MODES = "forward and reverse mode";

const RULE: Rule<Facts> = [
  {
    verdict: "UNDECIDED",
    when: fact(
      `${MODES} give different ‖J‖_F (ln of the squares differs by more than ${APART})`,
      `${MODES} may give the same ‖J‖_F`,
      (f) => f.instrument.law?.held === "different",
    ),
    say: (f) => `The instrument fails, as forward and reverse mode disagree: ${rest(f)}`,
  },
  {
    verdict: "UNDECIDED",
    when: fact(`too few seeds show that ${MODES} give the same ‖J‖_F`, `${MODES} give the same ‖J‖_F`, (f) => f.instrument.law?.held !== "equal"),
    say: (f) => `Too few seeds show that the instrument holds: ${rest(f)}`,
  },
  { verdict: "SUPPORTED", when: every("with", "branch", parts, greater), say: (f) => `They are more vulnerable with every branch: ${rest(f)}` },
  { verdict: "REFUTED", when: every("with", "branch", parts, notGreater), say: (f) => `They are not more vulnerable with any branch: ${rest(f)}` },
  {
    verdict: "CONDITIONAL",
    when: all(some("with", "branch", parts, greater), some("with", "branch", parts, notGreater)),
    say: (f) => `It depends on the branch: ${rest(f)}`,
  },
  { verdict: "UNDECIDED", when: otherwise, say: (f) => `Too few seeds tell: ${rest(f)}` },
];

/** "Networks without residual connections are more vulnerable to perturbations": a question of the branch. */
export const perturbation: Claim = claim({
  id: "perturbation",
  sentence: "Networks without residual connections are more vulnerable to perturbations, leave the manifold and need more data.",
  from: "a reply of the thread",
  experiment:
    "‖f(x + εδ) − f(x)‖/‖εδ‖, raw and in shares of ‖f(x)‖/‖x‖, of three branches with and without a skip, on data of low-rank covariance; δ in all directions, inside and off the " +
    "data's principal subspace; with BatchNorm of one example and of all. Intervention: weights rebalanced so that the function stays and the gradient profile does not. 16 seeds at the " +
    "greatest depth (full: 20), width 64 (128).",
  assumptions: [
    "at initialisation, at the greatest depth: each branch is compared with itself",
    "perturbations so small that the answer is linear",
    "fully connected",
  ],
  source: "own experiment; the raw laws by the recursion of mean-field theory, as forward and reverse mode have the same ‖J‖_F",
  missing: "trained networks, noise inside layers, accuracy against the size of the data",
  picture: RELATIVE.what,
  trials: (budget) => sweep(budget, true),
  measure,
  rule: RULE,
  sabotage: (budget) => sweep(budget, false),
});
