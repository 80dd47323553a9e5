import { activation } from "../theory/activation.js";
import { singleBranch } from "../theory/laws/residual.js";
import { profile } from "../trial/measurements/profile.js";
import { sensitivity } from "../trial/measurements/sensitivity.js";
import type { Sensitivity } from "../probe/sensitivity.js";
import type { NetSpec } from "../nn/spec.js";
import { mean } from "../math/statistics.js";
import type { Arm, Claim, EvidenceRow, Results, RuleContext, Budget } from "./claim.js";
import { arms, branchNet } from "./shared/old-arms.js";
import { HUNDRED, RATE, above, below, deepest, evidenceRow, total } from "./shared/old-rows.js";

/** Branches with and without a skip around them. */
const PAIRS = [
  { name: "W·ReLU(x)", variance: 2, more: {} },
  { name: "W·tanh(x), σ_w² = 4", variance: 4, more: { activation: "tanh" } },
  { name: "W·ReLU(BN(x))", variance: 2, more: { branch: "norm-act-weight", norm: "batch", bias: false } },
] as const;
type Pair = (typeof PAIRS)[number];

const skipped = (p: Pair): string => `x + ${p.name}`;
const BALANCED = "ReLU(Wx)";
const REBALANCED = "ReLU(Wx), half of the layers × 4, half ÷ 4";
/** So small that no network amplifies it beyond a linear answer, e^27 times as large; rounding is a ten-thousandth of it. */
const MEASURE = { name: "sensitivity", size: 1e-12, directions: 1 };

/** Differences grow with depth: few seeds of a narrow network tell, at the ends of the range of depths. */
const own = ({ depths, ...size }: Budget): Budget => ({
  ...size,
  depths: [...new Set([depths[0]!, deepest(depths)])],
  seeds: size.name === "full" ? 20 : 16,
  width: Math.min(size.width, size.name === "full" ? 128 : 64),
});

function sweep(given: Budget, skips: boolean): readonly Arm[] {
  const size = own(given);
  const ends = { ...size, depths: [deepest(size.depths)] };
  const on = (
    sized: Budget,
    name: string,
    role: Arm["role"],
    net: NetSpec,
    measure: NonNullable<Parameters<typeof arms>[1]["measure"]>,
  ): readonly Arm[] =>
    arms(sized, { name, role, net: () => net, measure, examples: 16 }).map((a) => ({
      ...a,
      trials: a.trials.map((t) => ({ ...t, batch: { ...t.batch, inputs: "manifold" as const } })),
    }));
  const mlp = { arch: "mlp" };
  const rebalanced = { arch: "mlp", ...(skips ? { rebalance: 4 } : {}) };
  return [
    ...PAIRS.flatMap((p) => [
      ...on(size, p.name, "control", branchNet(false, p.variance, p.more), MEASURE),
      ...on(size, skipped(p), "test", branchNet(skips, p.variance, p.more), MEASURE),
    ]),
    ...on(ends, BALANCED, "control", mlp, MEASURE),
    ...on(ends, REBALANCED, "test", rebalanced, MEASURE),
    ...on(ends, `${BALANCED}, profile`, "control", mlp, "profile"),
    ...on(ends, `${REBALANCED}, profile`, "test", rebalanced, "profile"),
  ];
}

const RELATIVE = "ln of the squared relative answer to a perturbation";
const RAW = "ln of the squared answer to a perturbation";
const MORE = `${RELATIVE}, more without the skip`;

const values = (results: Results, arm: string, depth: number, of: (s: Sensitivity) => number): readonly number[] =>
  results.of(sensitivity, arm, depth).map(of);
const less = (a: readonly number[], b: readonly number[]): readonly number[] => a.map((v, i) => v - b[i]!);

/** "Networks without residual connections are more vulnerable to perturbations": a question of the branch. */
export const perturbation: Claim = {
  id: "perturbation",
  sentence: "Networks without residual connections are more vulnerable to perturbations, leave the manifold and need more data.",
  from: "a reply of the thread",
  experiment:
    "‖f(x + εδ) − f(x)‖/‖εδ‖, raw and in shares of ‖f(x)‖/‖x‖, of three branches with and without a skip, on data of low-rank covariance; δ in all directions, inside and off the " +
    "data's principal subspace; with BatchNorm of one example and of all. Intervention: weights rebalanced so that the function stays and the gradient profile does not. 16 seeds at the " +
    "greatest depth (full: 20), width 64 (128).",
  rule:
    "At the greatest depth. CONDITIONAL: with some branches the squared relative answer is greater without the skip by more than 5 % a block, with others it is not. SUPPORTED: with every branch it is. REFUTED: " +
    "with none. Forward and reverse mode must give one ‖J‖_F (ln of the squares within .15): else, and where too few seeds show it, UNDECIDED. No law is held against the verdict: each branch is compared with itself.",
  assumptions: ["at initialisation", "perturbations so small that the answer is linear", "fully connected"],
  source: "own experiment; the raw laws by the recursion of mean-field theory, as forward and reverse mode have the same ‖J‖_F",
  missing: "trained networks, noise inside layers, accuracy against the size of the data",
  picture: RELATIVE,
  trials: (size) => sweep(size, true),
  judge(results, context) {
    const size = own(results.budget);
    const end = deepest(size.depths);
    const about = PAIRS.map((p) => answersOf(results, context, p, size));
    // At the least depth, where one direction tells most of ‖J‖_F, and where no batch is mixed, so that every example is a draw.
    const start = size.depths[0]!;
    const alone = PAIRS.flatMap((p) => [p.name, skipped(p)]).filter((arm) => !results.of(sensitivity, arm, end)[0]!.mixes);
    const each = alone.map((arm) => values(results, arm, start, (r) => r.lnForward - r.lnBackward));
    const gaps = each[0]!.map((_, s) => mean(each.map((g) => g[s]!)));
    const instrument = evidenceRow(gaps, context, {
      what: "ln ‖J‖_F² by forward mode less by reverse mode, mean of the networks that do not mix examples",
      arm: "instrument",
      role: "contrast",
      depth: start,
      law: { value: 0, margin: 0.15, source: "both are the sum of the squared singular values" },
    });
    const [moved, spread] = intervention(results, context, end);
    const evidence = [...about.flatMap((a) => a.figures), instrument, moved, spread];
    const number = (f: EvidenceRow): string => f.measured.value.toFixed(1).replace("-", "−");
    const said = about.map((a, i) => `${PAIRS[i]!.name} ${number(a.relative.without)} without and ${number(a.relative.with)} with (raw ${number(a.raw.without)} and ${number(a.raw.with)})`).join("; "); // prettier-ignore
    const off = Math.max(...about.flatMap((a) => a.off.map((f) => f.measured.value)));
    const cause =
      above(spread, HUNDRED) && Math.abs(moved.measured.value) < 1e-6
        ? " Rebalanced weights leave every answer as it is and change the gradient profile beyond 100 on the norm: sensitivity is not what makes the profile."
        : "";
    const rest = `ln of the squared relative answer over ${end} blocks: ${said}. Off the data's subspace it is at most ${off.toFixed(1)} more than inside.${cause}`;
    const greater = about.map((a) => above(a.more, RATE * end));
    const not = about.map((a) => below(a.more, RATE * end));
    if (instrument.law?.held === "different")
      return { verdict: "UNDECIDED", evidence, sentence: `The instrument fails: forward and reverse mode disagree. ${rest}` };
    if (instrument.law?.held !== "equal")
      return { verdict: "UNDECIDED", evidence, sentence: `Too few seeds show that the instrument holds: ${rest}` };
    if (greater.every(Boolean)) return { verdict: "SUPPORTED", evidence, sentence: `More vulnerable with every branch: ${rest}` };
    if (not.every(Boolean)) return { verdict: "REFUTED", evidence, sentence: `Not more vulnerable with any branch: ${rest}` };
    if (greater.some(Boolean) && not.some(Boolean)) return { verdict: "CONDITIONAL", evidence, sentence: `It depends on the branch: ${rest}` };
    return { verdict: "UNDECIDED", evidence, sentence: `Too few seeds tell: ${rest}` };
  },
  sabotage: (size) => sweep(size, false),
};

interface PairAnswers {
  readonly figures: readonly EvidenceRow[];
  /** Relative answer without the skip less with it, at the greatest depth. */
  readonly more: EvidenceRow;
  readonly relative: { readonly without: EvidenceRow; readonly with: EvidenceRow };
  readonly raw: { readonly without: EvidenceRow; readonly with: EvidenceRow };
  readonly off: readonly EvidenceRow[];
}

function answersOf(results: Results, context: RuleContext, p: Pair, { depths, width }: Budget): PairAnswers {
  const end = deepest(depths);
  const sides = [
    { arm: p.name, role: "control" },
    { arm: skipped(p), role: "test" },
  ] as const;
  const lawOf = (depth: number, skip: boolean): ReturnType<typeof total> =>
    p.name === "W·ReLU(x)" ? total(context.laws.residual({ branch: singleBranch(activation("relu")), depth, width, ...(skip ? {} : { skipScale: 0 }) }), depth) : undefined; // prettier-ignore
  const relative = sides.map((s) => depths.map((depth) => evidenceRow(values(results, s.arm, depth, (r) => r.isotropic.relative), context, { what: RELATIVE, ...s, depth }))); // prettier-ignore
  const raw = sides.map((s) => depths.map((depth) => evidenceRow(values(results, s.arm, depth, (r) => r.isotropic.raw), context, { what: RAW, ...s, depth, law: lawOf(depth, s.role === "test") }))); // prettier-ignore
  const off = sides.map((s) =>
    evidenceRow(
      values(results, s.arm, end, (r) => (r.off?.raw ?? NaN) - (r.inside?.raw ?? NaN)),
      context,
      { what: `${RAW}, off the data's subspace less inside`, ...s, depth: end },
    ),
  );
  const compared = (what: string, of: (r: Sensitivity) => number): EvidenceRow =>
    evidenceRow(less(values(results, p.name, end, of), values(results, skipped(p), end, of)), context, {
      what,
      arm: p.name,
      role: "contrast",
      depth: end,
    });
  const more = compared(MORE, (r) => r.isotropic.relative);
  const mixes = results.of(sensitivity, p.name, end)[0]!.mixes;
  const alone = mixes
    ? sides.flatMap((s) => [
        evidenceRow(values(results, s.arm, end, (r) => r.alone.relative), context, { what: `${RELATIVE}, one example of the batch perturbed`, ...s, depth: end }), // prettier-ignore
        evidenceRow(values(results, s.arm, end, (r) => r.alone.others), context, { what: "ln of the other examples' squared answer to it", ...s, depth: end }), // prettier-ignore
      ])
    : [];
  return {
    figures: [...relative.flat(), ...raw.flat(), more, compared(`${RAW}, more without the skip`, (r) => r.isotropic.raw), ...off, ...alone],
    more,
    relative: { without: deepest(relative[0]!), with: deepest(relative[1]!) },
    raw: { without: deepest(raw[0]!), with: deepest(raw[1]!) },
    off,
  };
}

/** What rebalanced weights change: the answer, and the spread of the gradient profile. */
function intervention(results: Results, context: RuleContext, depth: number): readonly [EvidenceRow, EvidenceRow] {
  const answer = (arm: string): readonly number[] => values(results, arm, depth, (r) => r.isotropic.raw);
  const spreads = (arm: string): readonly number[] =>
    results.of(profile, `${arm}, profile`, depth).map((r) => 2 * (Math.max(...r.lnGradient) - Math.min(...r.lnGradient)));
  const about = { arm: REBALANCED, role: "contrast", depth } as const;
  return [
    evidenceRow(less(answer(REBALANCED), answer(BALANCED)), context, { what: `${RAW}, rebalanced less not`, ...about }),
    evidenceRow(less(spreads(REBALANCED), spreads(BALANCED)), context, { what: "ln of the spread of squared gradients over depth, rebalanced less not", ...about }), // prettier-ignore
  ];
}
