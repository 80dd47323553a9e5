import { activation } from "../theory/activation.js";
import { singleBranch } from "../theory/laws/residual.js";
import { decimals, factor } from "../util/format.js";
import type { Arm, Budget, Claim, EvidenceRow, Results, RuleContext } from "./claim.js";
import { arms, branchNet, controlArm, testArm } from "./shared/arms.js";
import { SCALE_FREE_RATE, contrast, deepest, growthRow, rate, scaleFreeOf, total } from "./shared/evidence-rows.js";
import { endsBelow, explodes, growsLittle } from "./shared/growth.js";
import type { Growth } from "./shared/growth.js";
import { ZERO, above, all, named, on, otherwise } from "./shared/predicates.js";
import { claim } from "./shared/rule.js";
import type { Rule } from "./shared/rule.js";

const SKIP = testArm({ skip: true });
const PLAIN = controlArm({ skip: false });

const both = (budget: Budget, branchScale: number): readonly Arm[] => [
  ...arms(budget, SKIP, { net: branchNet(SKIP.factors, { branchScale }) }),
  ...arms(budget, PLAIN, { net: branchNet(PLAIN.factors) }),
];

function measure(results: Results, context: RuleContext) {
  const { depths, width } = results.budget;
  const phi = activation("relu");
  const network = (totals: readonly EvidenceRow[], perBlock: EvidenceRow): Growth => ({ totals, end: deepest(totals), rate: perBlock });
  const skip = network(
    depths.map((depth) => {
      const law = total(context.laws.residual({ branch: singleBranch(phi), depth, width }), depth);
      return growthRow(results, context, { arm: SKIP, depth, law });
    }),
    rate(results, context, SKIP),
  );
  const plain = network(
    depths.map((depth) => {
      const law = total(context.laws.plain({ phi, sigmaW2: 2, depth, width }), depth);
      return growthRow(results, context, { arm: PLAIN, depth, law });
    }),
    rate(results, context, PLAIN),
  );
  const more = contrast(results, context, { arm: SKIP, control: PLAIN, depth: deepest(depths) });
  const free = rate(results, context, SKIP, scaleFreeOf, SCALE_FREE_RATE);
  return { skip, plain, more, free, evidence: [...skip.totals, ...plain.totals, skip.rate, plain.rate, more, free] };
}

type Facts = ReturnType<typeof measure>;

const said = ({ skip, plain }: Facts): string =>
  `over ${skip.end.depth} blocks the squared gradient grows ${factor(skip.end.measured.value)} with the skip and ${factor(plain.end.measured.value)} without it`;

const ADDED = named<Facts>("what the skip adds to that growth", (f) => f.more);

const RULE: Rule<Facts> = [
  {
    verdict: "REFUTED",
    when: all(
      on("with the skip", (f) => f.skip, explodes),
      on("without the skip", (f) => f.plain, endsBelow),
      above(ADDED, ZERO),
    ),
    say: (f) =>
      `A bare skip makes the gradient explode: ${said(f)}. Activations grow alike: free of units, ln of the squared gradient changes by ${decimals(f.free.measured.value, 3)} a block.`,
  },
  {
    verdict: "SUPPORTED",
    when: all(
      on("without the skip", (f) => f.plain, explodes),
      on("with the skip", (f) => f.skip, growsLittle),
    ),
    say: (f) => `The skip stops an explosion: ${said(f)}.`,
  },
  { verdict: "UNDECIDED", when: otherwise, say: (f) => `It is not certain that the skip makes or stops an explosion: ${said(f)}.` },
];

/** "Skip connections solve exploding gradients": one network that a skip makes explode refutes it. */
export const skipStopsExplosion: Claim = claim({
  id: "skip-stops-explosion",
  sentence: "Skip connections solve exploding gradients.",
  from: "the question, which takes it for granted, and several replies: a statement about all networks",
  experiment: "ReLU networks with He weights of several depths, with a skip around every layer and without, the same weights in both.",
  assumptions: [
    "at initialisation",
    "fully connected, no norm",
    "one counterexample refutes a statement about all networks",
    "raw gradients: the skip lets activations grow alike, and the coefficient free of units does not grow",
  ],
  source: "own experiment; Hanin 2018 and Zhang, Dauphin & Ma 2019 for the growth of a bare skip",
  trials: (budget) => both(budget, 1),
  measure,
  rule: RULE,
  sabotage: (budget) => both(budget, 0),
});
