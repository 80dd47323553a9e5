import { activation } from "../theory/activation.js";
import { singleBranch } from "../theory/laws/residual.js";
import { decimals } from "../util/format.js";
import type { Arm, ArmKind, Budget, Claim, EvidenceRow, Results, RuleContext } from "./claim.js";
import { arms, branchNet, controlArm, testArm, timesSeeds } from "./shared/arms.js";
import { SCALE_FREE_RATE, contrast, deepest, rate, scaleFreeOf, totalDifference } from "./shared/evidence-rows.js";
import { FIVE_PERCENT_EACH, above, all, below, every, followsLaw, named, otherwise, some } from "./shared/predicates.js";
import { claim } from "./shared/rule.js";
import type { Rule } from "./shared/rule.js";

/** Squared gains of the branch: each layer alone multiplies the squared gradient by one of them. */
const GAINS = [0.01, 0.05, 0.25, 1, 1.5, 2, 4];

const skipped = (gain: number): ArmKind => testArm({ skip: true, gain });
const plain = (gain: number): ArmKind => controlArm({ skip: false, gain });

const sweep = (budget: Budget, skip: boolean): readonly Arm[] =>
  GAINS.flatMap((g) => {
    // Margins are wide where ((1 + g)/g)^L is large.
    const seeds = timesSeeds(budget, g < 1 ? 0.85 : 1.5);
    return [
      ...arms(budget, skipped(g), { net: branchNet({ skip, weightVariance: 2 * g }), seeds }),
      ...arms(budget, plain(g), { net: branchNet({ skip: false, weightVariance: 2 * g }), seeds }),
    ];
  });

function measure(results: Results, context: RuleContext) {
  const { depths, width } = results.budget;
  const phi = activation("relu");
  const contrasts = GAINS.map((g) =>
    depths.map((depth) => {
      const residual = context.laws.residual({ branch: singleBranch(phi, 2 * g), depth, width });
      const law = totalDifference(residual, context.laws.plain({ phi, sigmaW2: 2 * g, depth, width }), depth);
      return contrast(results, context, { arm: skipped(g), control: plain(g), depth, law });
    }),
  );
  const free = GAINS.map((g) => rate(results, context, skipped(g), scaleFreeOf, SCALE_FREE_RATE));
  return { contrasts, free, depth: deepest(depths), evidence: [...contrasts.flat(), ...free] };
}

type Facts = ReturnType<typeof measure>;
type Contrasts = readonly EvidenceRow[];

function said({ contrasts, depth }: Facts): string {
  const each = contrasts.map((c, i) => `${decimals(deepest(c).measured.value, 1)} (g = ${GAINS[i]})`).join(", ");
  return `over ${depth} blocks the skip adds ${each} to the logarithm of the squared gradient`;
}

const ADDED = named<Contrasts>("the growth of the squared gradient that the skip adds at every depth", (c) => c);
const grows = above(ADDED, FIVE_PERCENT_EACH);
const stays = below(ADDED, FIVE_PERCENT_EACH);
const ADDED_EVERYWHERE = named<Facts>("what the skip adds to the growth", (f) => f.contrasts.flat());
const gains = (f: Facts): readonly Contrasts[] => f.contrasts;

const RULE: Rule<Facts> = [
  {
    verdict: "SUPPORTED",
    when: all(every("for", "gain", gains, grows), followsLaw(ADDED_EVERYWHERE, "a factor of ((1 + g)/g)^L")),
    say: (f) => {
      const largest = Math.max(...f.free.map((row) => Math.abs(row.measured.value)));
      return `The gradient is copied, and grows by ((1 + g)/g)^L: ${said(f)}. Activations grow alike: free of units, ln of the squared gradient changes by at most ${decimals(largest, 3)} a block.`;
    },
  },
  { verdict: "REFUTED", when: every("for", "gain", gains, stays), say: (f) => `The skip adds nothing: ${said(f)}.` },
  {
    verdict: "CONDITIONAL",
    when: all(some("for", "gain", gains, grows), some("for", "gain", gains, stays)),
    say: (f) => `It depends on the branch: ${said(f)}.`,
  },
  {
    verdict: "UNDECIDED",
    when: otherwise,
    say: (f) => `The growth does not follow the law at every gain and depth, or too few seeds tell: ${said(f)}.`,
  },
];

/** "y = x1 + x2 copies a large dy into both": the raw gradient is larger by ((1 + g)/g)^L for every branch gain g. */
export const copiedGradient: Claim = claim({
  id: "copied-gradient",
  sentence: "y = x1 + x2: a large dy is copied into both paths, and this speeds up the exploding.",
  from: "the question itself",
  experiment:
    "The same branch with and without the skip, for branch gains from .01 to 4 on the squared gradient; also the gradient scale coefficient, free of units.",
  assumptions: [
    "at initialisation",
    "ReLU, no norm",
    "raw gradients: the skip lets activations grow alike, and the coefficient free of units does not grow",
  ],
  source: "own experiment; the law by the recursion of mean-field theory",
  trials: (budget) => sweep(budget, true),
  measure,
  rule: RULE,
  sabotage: (budget) => sweep(budget, false),
});
