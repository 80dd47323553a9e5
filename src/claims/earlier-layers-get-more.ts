import { activation } from "../theory/activation.js";
import { singleBranch } from "../theory/laws/residual.js";
import { factor } from "../util/format.js";
import type { Arm, ArmKind, Budget, Claim, EvidenceRow, Results, RuleContext } from "./claim.js";
import { arms, branchNet, controlArm, testArm, timesSeeds } from "./shared/arms.js";
import { contrast, deepest, growthRow, rate, total } from "./shared/evidence-rows.js";
import type { Spelling } from "./shared/label.js";
import { DECAY, FIVE_PERCENT_EACH, MINUS_FIVE_PERCENT, ZERO, above, all, below, every, followsLaw, given, named, otherwise, some, term } from "./shared/predicates.js"; // prettier-ignore
import { claim } from "./shared/rule.js";
import type { Rule } from "./shared/rule.js";

/** Branches through which gradients vanish: W·φ(x). With its skip ReLU fluctuates most: more seeds; tanh lies farthest from the wide limit: more width. */
const BRANCHES = [
  { phi: "relu", sigmaW2: 0.5, seeds: 2.5, wider: 1 },
  { phi: "tanh", sigmaW2: 0.5, seeds: 1, wider: 2 },
  { phi: "sigmoid", sigmaW2: 1, seeds: 1, wider: 1 },
] as const;
type Branch = (typeof BRANCHES)[number];

const SPELLING: Spelling = { activations: { relu: "relu" } };
const skipped = (b: Branch): ArmKind => testArm({ skip: true, activation: b.phi, weightVariance: b.sigmaW2 }, SPELLING);
const plain = (b: Branch): ArmKind => controlArm({ skip: false, activation: b.phi, weightVariance: b.sigmaW2 }, SPELLING);

const sweep = (budget: Budget, skip: boolean): readonly Arm[] =>
  BRANCHES.flatMap((b) => {
    const width = b.wider * budget.width;
    return [
      ...arms(budget, skipped(b), { net: branchNet({ ...skipped(b).factors, skip }), width, seeds: timesSeeds(budget, b.seeds) }),
      ...arms(budget, plain(b), { net: branchNet(plain(b).factors), width }),
    ];
  });

interface Part {
  readonly phi: string;
  readonly skip: readonly EvidenceRow[];
  readonly control: readonly EvidenceRow[];
  readonly more: EvidenceRow;
  readonly falls: EvidenceRow;
}

function measure(results: Results, context: RuleContext) {
  const { depths } = results.budget;
  const parts = BRANCHES.map((b): Part => {
    const width = b.wider * results.budget.width;
    const phi = activation(b.phi);
    const skip = depths.map((depth) => {
      const law = total(context.laws.residual({ branch: singleBranch(phi, b.sigmaW2), depth, width }), depth);
      return growthRow(results, context, { arm: skipped(b), depth, law });
    });
    const control = depths.map((depth) => {
      // The first φ sees the input itself: as a plain layer σ_w²·q = 1.
      const law = total(context.laws.plain({ phi, sigmaW2: b.sigmaW2, inputSquare: 1 / b.sigmaW2, depth, width }), depth);
      return growthRow(results, context, { arm: plain(b), depth, law });
    });
    const more = contrast(results, context, { arm: skipped(b), control: plain(b), depth: deepest(depths) });
    return { phi: b.phi, skip, control, more, falls: rate(results, context, plain(b)) };
  });
  const totals = parts.flatMap((p) => [...p.skip, ...p.control]);
  return { parts, totals, depth: deepest(depths), evidence: [...totals, ...parts.flatMap((p) => [p.more, p.falls])] };
}

type Facts = ReturnType<typeof measure>;

function where({ parts, depth }: Facts): string {
  const end = (rows: readonly EvidenceRow[]): string => factor(deepest(rows).measured.value);
  const said = parts.map((p) => `${end(p.control)} without and ${end(p.skip)} with the skip for ${p.phi}`).join("; ");
  return `over ${depth} blocks the squared gradient changes ${said}`;
}

const WITHOUT = named<Part>("the growth of the squared gradient", (p) => p.falls);
const WITH = named<Part>("the growth of the squared gradient over the greatest depth", (p) => deepest(p.skip));
const ADDED = named<Part>("what the skip adds to the growth over the greatest depth", (p) => p.more);
const TOTALS = named<Facts>("the growth with and without the skip", (f) => f.totals);
const helps = term(
  "the skip helps",
  "the skip is not shown to help",
  all<Part>(given("without the skip", below(WITHOUT, MINUS_FIVE_PERCENT)), given("with the skip", above(WITH, DECAY)), above(ADDED, ZERO)),
);
const fails = below(ADDED, FIVE_PERCENT_EACH);
const parts = (f: Facts): readonly Part[] => f.parts;

const RULE: Rule<Facts> = [
  {
    verdict: "SUPPORTED",
    when: all(every("with", "branch", parts, helps), followsLaw(TOTALS)),
    say: (f) => `They do: ${where(f)}.`,
  },
  { verdict: "REFUTED", when: every("with", "branch", parts, fails), say: (f) => `The skip adds nothing: ${where(f)}.` },
  {
    verdict: "CONDITIONAL",
    when: all(some("with", "branch", parts, helps), some("with", "branch", parts, fails)),
    say: (f) => `They do so with some branches only: ${where(f)}.`,
  },
  { verdict: "UNDECIDED", when: otherwise, say: (f) => `The arms leave their laws, or too few seeds tell: ${where(f)}.` },
];

/** "Skips let the gradient reach early layers with greater magnitude": where it vanishes without them. */
export const earlierLayersGetMore: Claim = claim({
  id: "earlier-layers-get-more",
  sentence: "Skip connections let the gradient reach the early layers with greater magnitude.",
  from: "the thread's agreed part: skips against vanishing gradients",
  experiment:
    "Branches through which the gradient vanishes (ReLU of half the critical gain squared, tanh, sigmoid), with and without the skip; tanh at twice the width.",
  assumptions: ["at initialisation", "no norm"],
  source: "He et al. 2016 (identity mappings), equation 5; the laws by the recursion of mean-field theory",
  trials: (budget) => sweep(budget, true),
  measure,
  rule: RULE,
  sabotage: (budget) => sweep(budget, false),
});
