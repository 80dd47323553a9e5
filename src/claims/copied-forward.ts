import { activation } from "../theory/activation.js";
import type { Laws } from "../theory/laws.js";
import { normBranch, singleBranch } from "../theory/laws/residual.js";
import type { Prediction, Unknown } from "../theory/prediction.js";
import { decimals, factor } from "../util/format.js";
import type { Arm, ArmKind, Budget, Claim, EvidenceRow, Results, RuleContext } from "./claim.js";
import { arms, branchNet, controlArm, testArm } from "./shared/arms.js";
import { deepest, forwardGrowthOf, growthRow } from "./shared/evidence-rows.js";
import { cosineLaw, cosineOf, forwardTotal } from "./shared/forward.js";
import { EXPLOSION, above, all, below, every, keepsToLaw, named, on, otherwise, term } from "./shared/predicates.js";
import { logarithmOf, numberOf } from "./shared/quantity.js";
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

const FORWARD = logarithmOf("mean square of the activations, output over input");
const ALIKE = numberOf("mean cosine of two examples at the output");

function measure(results: Results, context: RuleContext) {
  const { depths, width } = results.budget;
  const last = deepest(depths);
  const networks = NETWORKS.map(({ arm, law }): Network => {
    const totals = depths.map((depth) =>
      growthRow(results, context, {
        arm,
        depth,
        statistic: forwardGrowthOf,
        quantity: FORWARD,
        law: forwardTotal(law(context.laws, depth, width), depth),
      }),
    );
    const alike = growthRow(results, context, {
      arm,
      depth: last,
      statistic: cosineOf,
      quantity: ALIKE,
      law: cosineLaw(law(context.laws, last, width)),
    });
    return { name: arm.name, totals, end: deepest(totals), alike };
  });
  const [, ...withSkip] = networks;
  const [bare, ...small] = withSkip;
  const [normed, scaled] = small;
  return {
    networks,
    withSkip,
    bare: bare!,
    small,
    normed: normed!,
    scaled: scaled!,
    depth: last,
    evidence: [...networks.flatMap((n) => n.totals), ...networks.map((n) => n.alike)],
  };
}

type Facts = ReturnType<typeof measure>;

const where = ({ networks, depth }: Facts): string =>
  `over ${depth} blocks the mean square of the activations changes ${networks.map((n) => `${factor(n.end.measured.value)} with ${n.name}`).join(", ")}`;

const OVERALL = named<Network>("the growth of the mean square of the activations over the greatest depth", (n) => n.end);
const GROWTH = named<Network>("the growth of the mean square of the activations", (n) => n.totals);
const explodes = term("the activations explode", "the activations are not shown to explode", above(OVERALL, EXPLOSION));
const bounded = term("the activations stay bounded", "the activations may not stay bounded", below(OVERALL, EXPLOSION));
const withSkip = (f: Facts): readonly Network[] => f.withSkip;

const RULE: Rule<Facts> = [
  { verdict: "SUPPORTED", when: every("in", "residual network", withSkip, explodes), say: (f) => `Every residual network explodes: ${where(f)}.` },
  { verdict: "REFUTED", when: every("in", "residual network", withSkip, bounded), say: (f) => `No residual network explodes: ${where(f)}.` },
  {
    verdict: "CONDITIONAL",
    when: all<Facts>(
      on("with a bare skip", (f) => f.bare, explodes),
      every("in", "network with a norm inside the branch or a factor of 1/√L", (f) => f.small, bounded),
      on("with a bare skip", (f) => f.bare, keepsToLaw(GROWTH, "2^L")),
      on("with a norm inside the branch", (f) => f.normed, keepsToLaw(GROWTH, "1 + L")),
      on("with a factor of 1/√L", (f) => f.scaled, keepsToLaw(GROWTH, "(1 + 1/L)^L")),
    ),
    say: (f) =>
      `Copying alone makes a bare skip explode forwards too. A norm inside the branch makes that growth linear in the depth, and a factor of 1/√L bounds it: ${where(f)}. ` +
      `The mean cosine of two examples at the output is ${f.networks.map((n) => `${decimals(n.alike.measured.value, 2)} with ${n.name}`).join(", ")}.`,
  },
  { verdict: "UNDECIDED", when: otherwise, say: (f) => `The networks do not differ as expected, or leave their laws: ${where(f)}.` },
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
