import { activation } from "../theory/activation.js";
import { normBranch, singleBranch } from "../theory/laws/residual.js";
import { factor } from "../util/format.js";
import type { Arm, ArmKind, Budget, Claim, Results, RuleContext } from "./claim.js";
import { EXAMPLES, arms, branchNet, controlArm, testArm } from "./shared/arms.js";
import { batchGrowthOf, deepest, evidenceRow, growthOf, growthRow, less, readings, total } from "./shared/evidence-rows.js";
import { FIVE_PERCENT_EACH, HUNDREDFOLD, MINUS_FIVE_PERCENT_EACH, ZERO, above, all, below, not, otherwise } from "./shared/predicates.js";
import { claim } from "./shared/rule.js";
import type { Rule } from "./shared/rule.js";

const PLAIN = controlArm({ skip: false });
const SKIP = testArm({ skip: true });
const NORM = testArm({ skip: false, norm: "batch" });
const BOTH = testArm({ skip: true, norm: "batch" });
const KINDS: readonly ArmKind[] = [PLAIN, SKIP, NORM, BOTH];

const sweep = (budget: Budget, norms: boolean): readonly Arm[] =>
  KINDS.flatMap((kind) => {
    const { skip = false, norm = "none" } = kind.factors;
    const net = branchNet({ skip }, { branch: "norm-act-weight", norm: norms ? norm : "none", bias: false });
    return arms(budget, kind, { net, examples: EXAMPLES, dtype: "float32" });
  });

function measure(results: Results, context: RuleContext) {
  const { depths, width } = results.budget;
  const phi = activation("relu");
  const depth = deepest(depths);
  const totals = KINDS.map((arm) => {
    const norm = arm.factors.norm === "batch";
    const branch = norm ? normBranch(phi, "batch") : singleBranch(phi);
    const more = { ...(arm.factors.skip === true ? {} : { skipScale: 0 }), ...(norm ? { batch: EXAMPLES } : {}) };
    return depths.map((l) => {
      const law = total(context.laws.residual({ branch, depth: l, width, ...more }), l);
      return growthRow(results, context, { arm, depth: l, law, reading: norm ? batchGrowthOf : growthOf });
    });
  });
  const at = (arm: ArmKind): readonly number[] => readings(results, arm, depth, batchGrowthOf);
  const [added, addedAlone] = [less(at(BOTH), at(SKIP)), less(at(NORM), at(PLAIN))];
  const withSkip = evidenceRow(added, context, { arm: BOTH, role: "contrast", depth, what: "what BatchNorm adds to it where there is a skip" });
  const without = evidenceRow(addedAlone, context, { arm: NORM, role: "contrast", depth, what: "what BatchNorm adds to it where there is none" });
  const interaction = evidenceRow(less(added, addedAlone), context, {
    arm: "interaction",
    depth,
    what: "the first less the second: what skip and BatchNorm do to each other",
  });
  const ends = totals.map(deepest);
  return { ends, normed: ends.slice(2), depth, withSkip, without, interaction, evidence: [...totals.flat(), withSkip, without, interaction] };
}

type Facts = ReturnType<typeof measure>;

const said = ({ ends, depth }: Facts): string =>
  `over ${depth} blocks: ${KINDS.map((kind, i) => `${kind.name} ${factor(ends[i]!.measured.value)}`).join(", ")}`;

const WITH = "where there is a skip, what BatchNorm adds to the growth";
const WITHOUT = "where there is none, what it adds";

const RULE: Rule<Facts> = [
  {
    verdict: "SUPPORTED",
    when: all<Facts>(
      below(WITH, (f) => f.withSkip, MINUS_FIVE_PERCENT_EACH),
      below(WITHOUT, (f) => f.without, MINUS_FIVE_PERCENT_EACH),
      below("with BatchNorm the growth over the greatest depth", (f) => f.normed, HUNDREDFOLD),
    ),
    say: (f) => `BatchNorm lowers the squared gradient with and without a skip, ${said(f)}.`,
  },
  {
    verdict: "CONDITIONAL",
    when: all<Facts>(
      below(WITH, (f) => f.withSkip, MINUS_FIVE_PERCENT_EACH),
      above(WITHOUT, (f) => f.without, FIVE_PERCENT_EACH),
      below("the first less the second, their interaction,", (f) => f.interaction, MINUS_FIVE_PERCENT_EACH),
    ),
    say: (f) =>
      `Half true: inside a residual branch BatchNorm tames the growth that the skip makes, without a skip it causes one where He weights have none, ${said(f)}.`,
  },
  {
    verdict: "REFUTED",
    when: all<Facts>(
      not(below(WITH, (f) => f.withSkip, ZERO)), // prettier-ignore
      not(below(WITHOUT, (f) => f.without, ZERO)), // prettier-ignore
      above(WITH, (f) => f.withSkip, MINUS_FIVE_PERCENT_EACH),
      above(WITHOUT, (f) => f.without, MINUS_FIVE_PERCENT_EACH),
    ),
    say: (f) => `BatchNorm lowers the squared gradient neither with a skip nor without, ${said(f)}.`,
  },
  { verdict: "UNDECIDED", when: otherwise, say: (f) => `The four do not part clearly, ${said(f)}.` },
];

/** "It is BatchNorm, not the skips": two factors, and what they do to each other. */
export const normalisationNotSkips: Claim = claim({
  id: "normalisation-not-skips",
  sentence: "It is BatchNorm that prevents the explosion, not the skip connections.",
  from: "a reply of the thread",
  experiment: "All four of {skip, none} × {BatchNorm inside the branch, none}, ReLU, He weights, batches of 32.",
  assumptions: [
    "at initialisation, training-mode statistics over 32 examples",
    "fully connected",
    "He weights, with which layers without BatchNorm and skip neither grow nor vanish: BatchNorm without a skip brings growth to 47 % a layer whatever the weights, which is less than that of layers with σ_w² above 2.94",
  ],
  source: "Yang et al. 2019 (BatchNorm alone); De & Smith 2020 (BatchNorm in residual branches)",
  trials: (budget) => sweep(budget, true),
  measure,
  rule: RULE,
  sabotage: (budget) => sweep(budget, false),
});
