import { activation } from "../theory/activation.js";
import type { Laws } from "../theory/laws.js";
import { normBranch, singleBranch } from "../theory/laws/residual.js";
import type { Prediction, Unknown } from "../theory/prediction.js";
import { decimals, exact, factor } from "../util/format.js";
import type { Arm, ArmKind, Budget, Claim, EvidenceRow, Results, RuleContext } from "./claim.js";
import { arms, branchNet, controlArm, testArm } from "./shared/arms.js";
import { HUNDRED, deepest, forwardGrowthOf, growthRow } from "./shared/evidence-rows.js";
import { cosineLaw, cosineOf, forwardTotal } from "./shared/forward.js";
import { above, all, below, boundOf, every, keepsToLaw, on, otherwise, term } from "./shared/predicates.js";
import { claim } from "./shared/rule.js";
import type { Rule } from "./shared/rule.js";

const RELU = activation("relu");

type NetworkLaw = (laws: Laws, depth: number, width: number) => Prediction | Unknown;

/** What the law of residual networks has of one, its inputs drawn independently. */
const residual =
  (of: (depth: number) => Pick<Parameters<Laws["residual"]>[0], "branch" | "branchScale" | "skipScale">): NetworkLaw =>
  (laws, depth, width) =>
    laws.residual({ ...of(depth), depth, width, inputCorrelation: 0 });

const NETWORKS: readonly { readonly arm: ArmKind; readonly law: NetworkLaw }[] = [
  { arm: controlArm({ skip: false }), law: residual(() => ({ branch: singleBranch(RELU), skipScale: 0 })) },
  { arm: testArm({ skip: true }), law: residual(() => ({ branch: singleBranch(RELU) })) },
  { arm: testArm({ skip: true, norm: "layer" }), law: residual(() => ({ branch: normBranch(RELU, "layer") })) },
  {
    arm: testArm({ skip: true, branchScale: "1/sqrt(L)" }),
    law: residual((depth) => ({ branch: singleBranch(RELU), branchScale: 1 / Math.sqrt(depth) })),
  },
];

const sweep = (budget: Budget, more: Readonly<Record<string, unknown>> = {}): readonly Arm[] =>
  NETWORKS.flatMap(({ arm }) => arms(budget, arm, { net: branchNet(arm.factors, more) }));

/** A network's activations: their growth at every depth, and how alike two examples have become. */
interface Network {
  readonly name: string;
  readonly totals: readonly EvidenceRow[];
  readonly end: EvidenceRow;
  readonly alike: EvidenceRow;
}

function measure(results: Results, context: RuleContext) {
  const { depths, width } = results.budget;
  const last = deepest(depths);
  const networks = NETWORKS.map(({ arm, law }): Network => {
    const totals = depths.map((depth) =>
      growthRow(results, context, {
        arm,
        depth,
        reading: forwardGrowthOf,
        what: "ln of the mean square of the activations, output over input",
        law: forwardTotal(law(context.laws, depth, width), depth),
      }),
    );
    const alike = growthRow(results, context, {
      arm,
      depth: last,
      reading: cosineOf,
      what: "mean cosine of two examples at the output",
      law: cosineLaw(law(context.laws, last, width)),
    });
    return { name: arm.name, totals, end: deepest(totals), alike };
  });
  const [, ...withSkip] = networks;
  const [bare, ...small] = withSkip;
  return { networks, withSkip, bare: bare!, small, depth: last, evidence: [...networks.flatMap((n) => n.totals), ...networks.map((n) => n.alike)] };
}

type Facts = ReturnType<typeof measure>;

const where = ({ networks, depth }: Facts): string =>
  `the mean square of the activations over ${depth} blocks: ${networks.map((n) => `${n.name} ${factor(n.end.measured.value)}`).join(", ")}`;

const MOST = boundOf(`${exact(Math.exp(HUNDRED))} times that of the input`, HUNDRED);
const explodes = term(
  "the activations explode",
  "the activations are not shown to explode",
  above<Network>("the mean square of the activations at the greatest depth", (n) => n.end, MOST),
);
const bounded = term(
  "the activations stay bounded",
  "the activations may not stay bounded",
  below<Network>("the mean square of the activations at the greatest depth", (n) => n.end, MOST),
);
const withSkip = (f: Facts): readonly Network[] => f.withSkip;

const RULE: Rule<Facts> = [
  { verdict: "SUPPORTED", when: every("in", "residual network", withSkip, explodes), say: (f) => `Every residual network explodes, ${where(f)}.` },
  { verdict: "REFUTED", when: every("in", "residual network", withSkip, bounded), say: (f) => `No residual network explodes, ${where(f)}.` },
  {
    verdict: "CONDITIONAL",
    when: all(
      on("with a bare skip", (f: Facts) => f.bare, explodes),
      every("in", "network with a norm inside the branch or a factor 1/√L", (f) => f.small, bounded),
      keepsToLaw("with every skip the growth (2^L; 1 + L; (1 + 1/L)^L)", (f) => f.withSkip.flatMap((n) => n.totals)),
    ),
    say: (f) =>
      `Copying alone makes a bare skip explode forwards too; a norm inside the branch makes that growth linear in depth, a factor 1/√L bounds it: ${where(f)}. ` +
      `How alike two examples have become there (mean cosine): ${f.networks.map((n) => `${n.name} ${decimals(n.alike.measured.value, 2)}`).join(", ")}.`,
  },
  { verdict: "UNDECIDED", when: otherwise, say: (f) => `The networks do not part as expected, or leave their laws: ${where(f)}.` },
];

/** "As we copy information deeper, this seems going to explode": the activations of residual networks over depth. */
export const copiedForward: Claim = claim({
  id: "copied-forward",
  sentence: "As we copy information deeper, this seems going to explode.",
  from: "a later comment, never answered",
  experiment:
    "Mean square of the activations, and likeness of the examples, over the depth of residual ReLU networks: bare, with LayerNorm inside the branch, " +
    "with branches × 1/√L, beside the same layers without skips.",
  assumptions: ["at initialisation", "ReLU, He weights, fully connected", "inputs from N(0, 1), independent of each other"],
  source: "Hanin & Rolnick 2018; De & Smith 2020; Xiong et al. 2020 (norm inside the branch)",
  trials: (budget) => sweep(budget),
  measure,
  rule: RULE,
  sabotage: (budget) => sweep(budget, { branchScale: 0 }),
});
