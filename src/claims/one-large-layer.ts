import type { NetSpec } from "../nn/spec.js";
import { layerUpdates } from "../trial/measurements/layer-updates.js";
import type { LayerUpdatesResult, ProductChange } from "../trial/measurements/layer-updates.js";
import { factor, percent } from "../util/format.js";
import type { Arm, ArmKind, Budget, Claim, EvidenceRow, Results, RuleContext } from "./claim.js";
import { arms, controlArm, testArm } from "./shared/arms.js";
import { evidenceRow } from "./shared/evidence-rows.js";
import type { NetworkKind } from "./shared/factors.js";
import { above, all, below, boundOf, every, followsLaw, named, otherwise, some, term } from "./shared/predicates.js";
import { logarithmOf, numberOf } from "./shared/quantity.js";
import type { NamedQuantity } from "./shared/quantity.js";
import { claim } from "./shared/rule.js";
import type { Rule } from "./shared/rule.js";

/** The layers of the sentence, and a chain whose other layer is the larger one. */
const SMALL = 0.001;
const LARGE = 0.9;
const GAINS = [SMALL, LARGE, 0.002];
const CONTROL_GAINS = [2, LARGE, 0.002];
/** Takes the .9 to 1.1, past 1. */
const STEP = 0.2;
const DEPTH = GAINS.length;
const EXAMPLES = 16;

interface Chain {
  readonly test: ArmKind;
  readonly control: ArmKind;
  readonly net: NetSpec;
}

const chain = (network: NetworkKind, width: number, more: Readonly<Record<string, unknown>>): Chain => ({
  test: testArm({ network }),
  control: controlArm({ network, firstGain: CONTROL_GAINS[0]! }),
  net: { arch: "mlp", width, bias: false, ...more },
});

const CHAINS: readonly Chain[] = [
  chain("scalars", 1, { activation: "identity", init: "identity" }),
  chain("orthogonal", 32, { activation: "identity", init: "orthogonal" }),
  chain("gaussian", 32, { activation: "identity", init: "lecun" }),
  chain("he", 32, { activation: "relu", init: "he" }),
];

const sweep = (budget: Budget, testGains: readonly number[]): readonly Arm[] =>
  CHAINS.flatMap(({ test, control, net }) =>
    [
      { kind: test, gains: testGains },
      { kind: control, gains: CONTROL_GAINS },
    ].flatMap(({ kind, gains }) => {
      const updates = { name: "layer-updates", gains, layer: 1, partner: 0, step: STEP };
      return arms(budget, kind, { net, depths: [DEPTH], seeds: budget.seeds, examples: EXAMPLES, measure: updates });
    }),
  );

const AFTER = logarithmOf("product of gradients, after the update over before");
const after = (how: string): NamedQuantity => logarithmOf(`${AFTER.of}: ${how}`);
const SHARED_MORE = logarithmOf("product of gradients after the update, shared over alone", `${AFTER.what}: shared more than alone`);
const RELATIVE = logarithmOf("product of gradients after the update, first × 11/9 over .9 × 11/9", `${AFTER.what}: first × 11/9 more than .9 × 11/9`);
const ELASTICITY = numberOf("change of ln product for one of ln w, first layer, by the gradient graph");
const DERIVATIVES = "d(product)/dw of the first layer over that of the .9, by the gradient graph";

/** δ on a change of the product, as ln: chains of scalars and orthogonal matrices know no chance, and rounding alone would part what is equal. */
const LEAST = 0.01;
/** δ of laws: of equal relative updates and elasticities, which hold exactly; of the ratio of slopes, which varies from network to network by .16. */
const EXACT = 0.1;
const RATIO = 0.25;

/** The gradient at the input over that at the output: the product that explodes or vanishes backwards. */
const backward = (c: ProductChange): number => c.lnBackward;

type Points = Readonly<Record<"alone" | "shared" | "more" | "elastic" | "ratio" | "relative", EvidenceRow>>;

function pointsOf(results: Results, context: RuleContext, arm: ArmKind): Points {
  const measured = results.of(layerUpdates, arm.name, DEPTH);
  const point = (quantity: NamedQuantity, read: (r: LayerUpdatesResult) => number, value?: number, margin = EXACT): EvidenceRow => {
    const law = value === undefined ? undefined : { value, margin, source: "the product rule: d(product)/dw = product/w" };
    return evidenceRow(measured.map(read), context, { quantity, arm, depth: DEPTH }, law);
  };
  const [small, large] = [measured[0]!.layers[0]!.gain, measured[0]!.layers[1]!.gain];
  return {
    alone: point(after("all of .2 to the .9"), (r) => backward(r.alone)),
    shared: point(after(".1 to the .9, .1 to the first"), (r) => backward(r.shared)),
    more: { ...point(SHARED_MORE, (r) => backward(r.shared) - backward(r.alone)), role: "contrast" },
    relative: point(RELATIVE, (r) => backward(r.relativeOther) - backward(r.relative), 0),
    elastic: point(ELASTICITY, (r) => r.layers[0]!.elasticity, 1),
    ratio: point(
      logarithmOf(DERIVATIVES, `ln of ${DERIVATIVES}`),
      (r) => Math.log(r.layers[0]!.slope / r.layers[1]!.slope),
      Math.log(large / small),
      RATIO,
    ),
  };
}

type Part = Points & { readonly name: string; readonly control: Points };

function measure(results: Results, context: RuleContext) {
  const parts = CHAINS.map((c): Part => ({
    name: c.test.name,
    ...pointsOf(results, context, c.test),
    control: pointsOf(results, context, c.control),
  }));
  const own = parts.flatMap((p) => [p.alone, p.shared, p.more, p.relative, p.elastic, p.ratio]);
  return { parts, evidence: [...own, ...parts.flatMap((p) => [p.control.alone, p.control.shared, p.control.more])] };
}

type Facts = ReturnType<typeof measure>;

const said = ({ parts }: Facts): string =>
  `the product grows ${parts.map((p) => `${factor(p.alone.measured.value)} alone and ${factor(p.shared.measured.value)} shared (${p.name})`).join("; ")}`;

const CHANGE = named<Points>("the growth of the product with a shared update over that where the .9 takes all", (p) => p.more);
const more = term(
  "the product grows more when the update is shared",
  "the product is not shown to grow more",
  above(CHANGE, boundOf(percent(LEAST), LEAST)),
);
const less = term(
  "the product grows less when the update is shared",
  "the product is not shown to grow less",
  below(CHANGE, boundOf(`-${percent(LEAST)}`, -LEAST)),
);
const UPDATES = named<Facts>("the effect of equal relative updates", (f) => f.parts.map((p) => p.relative));
const ELASTICITIES = named<Facts>("the elasticity of the product", (f) => f.parts.map((p) => p.elastic));
const RATIOS = named<Facts>("ln of the ratio of the derivatives", (f) => f.parts.map((p) => p.ratio));
const parts = (f: Facts): readonly Part[] => f.parts;

const RULE: Rule<Facts> = [
  {
    verdict: "SUPPORTED",
    when: every("in", "chain", parts, less),
    say: (f) => `Sharing makes the product grow less in every chain: ${said(f)}.`,
  },
  {
    verdict: "REFUTED",
    when: all<Facts>(
      every("in", "chain", parts, more),
      followsLaw(UPDATES, "the same for every layer"),
      followsLaw(ELASTICITIES, "1"),
      followsLaw(RATIOS, `that of product/w within ${RATIO}`),
    ),
    say: (f) => {
      const slows = f.parts.every((p) => less.holds(p.control));
      const controls = slows ? " Only where the other layer is the larger one (2) does sharing slow the growth." : "";
      return `It is the other way round: ${said(f)}. Passing 1 is nothing special, and the same step on the .001 changes the product 900 times as much, because d(product)/dw = product/w.${controls}`;
    },
  },
  {
    verdict: "CONDITIONAL",
    when: all(some("in", "chain", parts, more), some("in", "chain", parts, less)),
    say: (f) => `It depends on the chain: ${said(f)}.`,
  },
  { verdict: "UNDECIDED", when: otherwise, say: (f) => `It is not certain which update makes the product grow more: ${said(f)}.` },
];

/** "…update the .9 past 1 and it explodes; share the update with the .001 and the product grows less": updates of one layer, and shared ones. */
export const oneLargeLayer: Claim = claim({
  id: "one-large-layer",
  sentence: "With layers .001, .9 and .002, update the .9 past 1 and it explodes; share the update with the .001 and the product grows less.",
  from: "a reply of the thread",
  experiment:
    "Chains of three layers of gains .001, .9, .002: scalars, orthogonal and Gaussian matrices, a ReLU network. An update of .2 is added to the singular values of the .9, or shared with the first layer " +
    "by halves; equal relative updates; the derivative of the product by each layer, from the gradient graph. Control: 2 in place of .001.",
  assumptions: [
    "the product is that of the gradients, ‖Jᵀu‖/‖u‖",
    "every singular value of a layer is updated alike",
    "the product rule decides it for scalars; measured is that networks of such layers, with the gradient as backpropagation gives it, obey it",
    "the 1 % that counts as more or less, and the .25 within which ln of the ratio is ln 900, were chosen after first runs: in the ReLU network it varies by .16",
    "an update is judged by what it adds: gradients themselves would give the .001 a step 900 times as large",
  ],
  source: "the product rule; own experiment",
  picture: SHARED_MORE.what,
  trials: (budget) => sweep(budget, GAINS),
  measure,
  rule: RULE,
  sabotage: (budget) => sweep(budget, CONTROL_GAINS),
});
