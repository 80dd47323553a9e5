import { activation } from "../theory/activation.js";
import { normBranch, singleBranch } from "../theory/laws/residual.js";
import { capitalised, factor } from "../util/format.js";
import type { Arm, ArmKind, Budget, Claim, EvidenceRow, Results, RuleContext } from "./claim.js";
import { EXAMPLES, arms, branchNet, controlArm, testArm } from "./shared/arms.js";
import { batchGrowthOf, deepest, evidenceRow, growthOf, growthRow, less, statistics, total } from "./shared/evidence-rows.js";
import { EXPLOSION, FIVE_PERCENT_EACH, MINUS_FIVE_PERCENT_EACH, ZERO, above, all, below, named, not, on, otherwise } from "./shared/predicates.js";
import type { Predicate } from "./shared/predicates.js";
import { logarithmOf } from "./shared/quantity.js";
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

const ADDED = "squared gradient, with BatchNorm over without";
const ADDED_TO_SKIP = logarithmOf(`${ADDED}, where there is a skip`, "what BatchNorm adds to it where there is a skip");
const ADDED_ALONE = logarithmOf(`${ADDED}, where there is no skip`, "what BatchNorm adds to it where there is none");
const INTERACTION = logarithmOf(`${ADDED}, with a skip over without`, "the first less the second: what skip and BatchNorm do to each other");

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
      return growthRow(results, context, { arm, depth: l, law, statistic: norm ? batchGrowthOf : growthOf });
    });
  });
  const at = (arm: ArmKind): readonly number[] => statistics(results, arm, depth, batchGrowthOf);
  const [added, addedAlone] = [less(at(BOTH), at(SKIP)), less(at(NORM), at(PLAIN))];
  const withSkip = evidenceRow(added, context, { arm: BOTH, role: "contrast", depth, quantity: ADDED_TO_SKIP });
  const without = evidenceRow(addedAlone, context, { arm: NORM, role: "contrast", depth, quantity: ADDED_ALONE });
  const interaction = evidenceRow(less(added, addedAlone), context, { arm: "interaction", depth, quantity: INTERACTION });
  const ends = totals.map(deepest);
  return { ends, normed: ends.slice(2), depth, withSkip, without, interaction, evidence: [...totals.flat(), withSkip, without, interaction] };
}

type Facts = ReturnType<typeof measure>;

const said = ({ ends, depth }: Facts): string =>
  `over ${depth} blocks the squared gradient changes ${KINDS.map((kind, i) => `${factor(ends[i]!.measured.value)} with ${kind.name}`).join(", ")}`;

const ADDED_GROWTH = named<EvidenceRow>("what BatchNorm adds to the growth", (row) => row);
const whereSkip = (p: Predicate<EvidenceRow>): Predicate<Facts> => on("with a skip", (f) => f.withSkip, p);
const whereNoSkip = (p: Predicate<EvidenceRow>): Predicate<Facts> => on("without a skip", (f) => f.without, p);
const INTERACTION_OF_BOTH = named<Facts>("what it adds with a skip less what it adds without", (f) => f.interaction);
const OVERALL = named<readonly EvidenceRow[]>("the growth over the greatest depth", (rows) => rows);

const RULE: Rule<Facts> = [
  {
    verdict: "SUPPORTED",
    when: all<Facts>(
      whereSkip(below(ADDED_GROWTH, MINUS_FIVE_PERCENT_EACH)),
      whereNoSkip(below(ADDED_GROWTH, MINUS_FIVE_PERCENT_EACH)),
      on("with BatchNorm", (f) => f.normed, below(OVERALL, EXPLOSION)),
    ),
    say: (f) => `BatchNorm lowers the squared gradient with and without a skip: ${said(f)}.`,
  },
  {
    verdict: "CONDITIONAL",
    when: all<Facts>(
      whereSkip(below(ADDED_GROWTH, MINUS_FIVE_PERCENT_EACH)),
      whereNoSkip(above(ADDED_GROWTH, FIVE_PERCENT_EACH)),
      below(INTERACTION_OF_BOTH, MINUS_FIVE_PERCENT_EACH),
    ),
    say: (f) =>
      `Half of it is true: inside a residual branch BatchNorm tames the growth that the skip makes; without a skip it causes growth where He weights have none. ${capitalised(said(f))}.`,
  },
  {
    verdict: "REFUTED",
    when: all<Facts>(
      not(whereSkip(below(ADDED_GROWTH, ZERO))),
      not(whereNoSkip(below(ADDED_GROWTH, ZERO))),
      whereSkip(above(ADDED_GROWTH, MINUS_FIVE_PERCENT_EACH)),
      whereNoSkip(above(ADDED_GROWTH, MINUS_FIVE_PERCENT_EACH)),
    ),
    say: (f) => `BatchNorm lowers the squared gradient neither with a skip nor without: ${said(f)}.`,
  },
  { verdict: "UNDECIDED", when: otherwise, say: (f) => `The four networks do not differ clearly: ${said(f)}.` },
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
