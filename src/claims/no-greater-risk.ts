import { share, shareDifference } from "../math/share.js";
import type { Count } from "../math/share.js";
import { percent } from "../util/format.js";
import type { Arm, ArmKind, Budget, Claim, EvidenceRow, Results, RuleContext } from "./claim.js";
import { arms, branchNet, controlArm, testArm } from "./shared/arms.js";
import { batchGrowthOf, deepest, estimatedRow, statistics } from "./shared/evidence-rows.js";
import { ZERO, above, all, below, bound, every, named, otherwise, some, term } from "./shared/predicates.js";
import { numberOf } from "./shared/quantity.js";
import { claim } from "./shared/rule.js";
import type { Rule } from "./shared/rule.js";

/** A factor of 10^4 on the norm, as ln of the square. */
const SPREAD = 2 * Math.log(1e4);

/** What networks are drawn from: σ_w² on either side of He's 2. */
const VARIANCES = [1, 2, 4];
const DEPTHS = [10, 20, 50];
const DRAWS: Readonly<Record<Budget["name"], number>> = { quick: 34, full: 100 };
const WIDTH = 64;
const EXAMPLES = 32;

/** A difference of risks that is none. */
const DELTA = 0.1;

type Norm = "none" | "batch";
const NORMS: readonly Norm[] = ["none", "batch"];

const kindOf = (norm: Norm, skip: boolean, weightVariance: number): ArmKind => (skip ? testArm : controlArm)({ skip, norm, weightVariance });

const sweep = (budget: Budget, skips: boolean): readonly Arm[] =>
  NORMS.flatMap((norm) =>
    [true, false].flatMap((skip) =>
      VARIANCES.flatMap((variance) => {
        const kind = kindOf(norm, skip, variance);
        const net = branchNet({ ...kind.factors, skip: skip && skips });
        return arms(budget, kind, { net, depths: DEPTHS, width: WIDTH, seeds: DRAWS[budget.name], examples: EXAMPLES, dtype: "float32" });
      }),
    ),
  );

/** How many networks of all weight variances spread beyond 10^4 on the norm. */
function exploded(results: Results, norm: Norm, skip: boolean, depth: number): Count {
  const growths = VARIANCES.flatMap((v) => statistics(results, kindOf(norm, skip, v), depth, batchGrowthOf));
  return { of: growths.filter((g) => !(g <= SPREAD)).length, among: growths.length };
}

const RISK = numberOf("share of networks whose gradient grows beyond 10^4 on the norm, from output to input");
const RISK_DIFFERENCE = numberOf("risk difference, with skips less without");

/** The risk with one kind of norm, at every depth. */
interface Part {
  readonly name: string;
  readonly risks: readonly { readonly skip: EvidenceRow; readonly plain: EvidenceRow }[];
  readonly differences: readonly EvidenceRow[];
}

function measure(results: Results, context: RuleContext) {
  const { comparisons } = context;
  const parts = NORMS.map((norm): Part => {
    const [skips, plain] = [testArm({ network: "drawn networks", skip: true, norm }), controlArm({ network: "drawn networks", skip: false, norm })];
    const pair = testArm({ network: "drawn networks", norm });
    const counts = DEPTHS.map((depth) => ({ depth, skip: exploded(results, norm, true, depth), plain: exploded(results, norm, false, depth) }));
    return {
      name: pair.name,
      risks: counts.map((c) => ({
        skip: estimatedRow(share(c.skip, { comparisons }), { quantity: RISK, arm: skips, depth: c.depth }),
        plain: estimatedRow(share(c.plain, { comparisons }), { quantity: RISK, arm: plain, depth: c.depth }),
      })),
      differences: counts.map((c) => {
        const subject = { quantity: RISK_DIFFERENCE, arm: pair, role: "contrast", depth: c.depth } as const;
        return estimatedRow(shareDifference(c.skip, c.plain, { comparisons }), subject);
      }),
    };
  });
  const evidence = [...parts.flatMap((p) => p.risks.flatMap((r) => [r.skip, r.plain])), ...parts.flatMap((p) => p.differences)];
  return { parts, evidence };
}

type Facts = ReturnType<typeof measure>;

function where({ parts }: Facts): string {
  const end = (p: Part, of: "skip" | "plain"): string => percent(deepest(p.risks)[of].measured.value);
  const said = parts.map((p) => `${p.name} ${end(p, "skip")} explode with skips and ${end(p, "plain")} without`).join("; ");
  return `of the networks of ${deepest(DEPTHS)} blocks ${said}`;
}

const DIFFERENCE = named<EvidenceRow>("the share of exploding networks with skips less that without", (row) => row);
const atDepths = (p: Part): readonly EvidenceRow[] => p.differences;
const greater = term("the risk is greater", "the risk is not shown to be greater", some("for", "depth", atDepths, above(DIFFERENCE, ZERO)));
const noGreater = term("the risk is no greater", "the risk may be greater", every("for", "depth", atDepths, below(DIFFERENCE, bound(DELTA))));
const parts = (f: Facts): readonly Part[] => f.parts;
const KINDS = "choice of norms (BatchNorm, none)";

const RULE: Rule<Facts> = [
  { verdict: "SUPPORTED", when: every("with", KINDS, parts, noGreater), say: (f) => `The risk is no greater: ${where(f)}.` },
  { verdict: "REFUTED", when: every("with", KINDS, parts, greater), say: (f) => `The risk is greater: ${where(f)}.` },
  {
    verdict: "CONDITIONAL",
    when: all(some("with", KINDS, parts, greater), some("with", KINDS, parts, noGreater)),
    say: (f) => `The risk is greater ${f.parts.find(greater.holds)!.name}, and no greater ${f.parts.find(noGreater.holds)!.name}: ${where(f)}.`,
  },
  { verdict: "UNDECIDED", when: otherwise, say: (f) => `Too few networks tell: ${where(f)}.` },
];

/** "There is no greater risk of exploding gradients with skip connections": shares of drawn networks, with and without skips, with and without norms. */
export const noGreaterRisk: Claim = claim({
  id: "no-greater-risk",
  sentence: "There is no greater risk of exploding gradients with skip connections.",
  from: "a comment of the thread",
  experiment:
    "Share of networks drawn at initialisation, a third each with σ_w² = 1, 2 and 4, whose gradient grows beyond 10^4 on the norm: with skips and without, with BatchNorm inside the branch and without, " +
    "over 10 to 50 blocks.",
  assumptions: [
    "at initialisation",
    "ReLU, fully connected, width 64; BatchNorm over 32 examples in training mode",
    "the interval of a difference of shares is Newcombe's",
    "a risk is one over these weight variances, each as likely as the others: its sign says something, its size is that of the list",
  ],
  source: "own experiment; the interval by Newcombe 1998",
  missing: "the share of runs that diverge, over learning rates, which needs training",
  picture: RISK.what,
  trials: (budget) => sweep(budget, true),
  measure,
  rule: RULE,
  sabotage: (budget) => sweep(budget, false),
});
