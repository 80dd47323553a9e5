import type { NetSpec } from "../nn/spec.js";
import { sumGradient } from "../trial/measurements/sum-gradient.js";
import type { SumGradientResult } from "../trial/measurements/sum-gradient.js";
import { capitalised, magnitude } from "../util/format.js";
import type { Arm, ArmKind, Budget, Claim, EvidenceRow, Results, RuleContext } from "./claim.js";
import { arms, controlArm, testArm } from "./shared/arms.js";
import { deepest, evidenceRow, less, total } from "./shared/evidence-rows.js";
import { AXES } from "./shared/factors.js";
import type { Factors } from "./shared/factors.js";
import { all, every, fact, followsLaw, named, on, otherwise } from "./shared/predicates.js";
import { logarithmOf, numberOf } from "./shared/quantity.js";
import { claim } from "./shared/rule.js";
import type { Rule } from "./shared/rule.js";

const WIDTH = 100;
/** How many values of 100 features are joined with x: by the last of as many layers and one, each of which takes all values before it. */
const SKIPS = [0, 1, 3, 9];

type Init = NonNullable<Factors["init"]>;
const KINDS: readonly ArmKind[] = [
  testArm({ network: "joined layer", join: "concat", init: "fan-in" }),
  testArm({ network: "joined layer", join: "concat", init: "fixed" }),
  controlArm({ network: "joined layer", join: "add", init: "fan-in" }),
  controlArm({ network: "joined layer", join: "add", init: "fixed" }),
];

/** The deviation of a He layer of 100 features, whatever is joined. */
const STD = Math.sqrt(2 / WIDTH);
const initOf = (init: Init | undefined): NetSpec["init"] => (init === "fixed" ? { scheme: "fixed", std: STD } : "he");

/** The least: a layer is one draw of its weights. */
const SEEDS = 24;

const sweep = (budget: Budget, of: (init: Init | undefined) => Init | undefined): readonly Arm[] =>
  KINDS.flatMap((kind) =>
    SKIPS.flatMap((skips) =>
      arms(budget, kind, {
        net: { arch: "joined-mlp", join: kind.factors.join, skips, init: initOf(of(kind.factors.init)) },
        depths: [skips + 1],
        width: WIDTH,
        seeds: Math.max(SEEDS, budget.seeds),
        examples: 16,
        measure: "sum-gradient",
        dtype: "float32",
      }),
    ),
  );

const GAIN = logarithmOf("squared gradient that a layer sends to x, over that of its product");
const CHANGE = logarithmOf("squared gradient that a layer sends to x, with skips over without", "what the skips change of that logarithm");
const BITS = numberOf("share of the bits of the gradient at the parts that are those of the join's, or of the part's slice of it: the worst join");

/** ln of the squared gradient at x, the last of the values that the last layer takes: what arrives there was drawn, and no other layer has a part in it. */
const gainOf = (r: SumGradientResult): number => deepest(deepest(r.layers).lnGains);

/** One way of joining and initialising, over the number of skips. */
interface Column {
  readonly name: string;
  readonly gains: readonly EvidenceRow[];
  readonly changes: readonly EvidenceRow[];
  readonly bits: readonly EvidenceRow[];
}

function columnOf(results: Results, context: RuleContext, arm: ArmKind): Column {
  const of = (skips: number): readonly SumGradientResult[] => results.of(sumGradient, arm.name, skips + 1);
  const init = arm.factors.init === "fixed" ? { std: STD } : { weightVariance: 2 };
  const join = arm.factors.join === "concat" ? "concat" : "add";
  const about = (skips: number) => ({ arm, depth: skips + 1, x: { axis: AXES.skips, value: skips } });
  const alone = of(0).map(gainOf);
  const joined = SKIPS.filter((skips) => skips > 0);
  return {
    name: arm.name,
    gains: SKIPS.map((skips) => {
      const law = total(context.laws.joined({ join, values: skips + 1, features: WIDTH, init }), 1);
      return evidenceRow(of(skips).map(gainOf), context, { ...about(skips), quantity: GAIN }, law);
    }),
    changes: joined.map((skips) => evidenceRow(less(of(skips).map(gainOf), alone), context, { ...about(skips), role: "contrast", quantity: CHANGE })),
    bits: joined.map((skips) =>
      evidenceRow(
        of(skips).map((r) => Math.min(...r.joins.map((j) => j.equalBits))),
        context,
        { ...about(skips), quantity: BITS },
      ),
    ),
  };
}

function measure(results: Results, context: RuleContext) {
  const columns = KINDS.map((kind) => columnOf(results, context, kind));
  const [fanIn, fixed, ...controls] = columns as [Column, Column, ...Column[]];
  return { columns, fanIn, fixed, controls, evidence: columns.flatMap((c) => [...c.gains, ...c.changes, ...c.bits]) };
}

type Facts = ReturnType<typeof measure>;

/** δ on the logarithm: a tenth, where a division by two, the least that is claimed, would make .69. */
const DELTA = 0.1;
const near = (row: EvidenceRow, value: number): boolean => row.measured.low > value - DELTA && row.measured.high < value + DELTA;

const divided = fact<Column>(
  `the squared gradient at x is divided by 1 + the number of skips (ln within ${DELTA})`,
  "the squared gradient at x is not shown to be divided by 1 + the number of skips",
  (c) => c.changes.every((row) => near(row, -Math.log(1 + row.x!.value))),
);
const whole = fact<Column>(
  `the squared gradient at x stays as it was (ln within ${DELTA})`,
  "the squared gradient at x is not shown to stay as it was",
  (c) => c.changes.every((row) => near(row, 0)),
);
const bitForBit = fact<Column>("every part gets its own slice bit for bit", "some part does not get its own slice", (c) => c.bits.every((row) => row.measured.low === 1)); // prettier-ignore

const whereAdded = every("in", "control network that adds values", (f: Facts) => f.controls, whole);
const concatenated = (f: Facts): readonly Column[] => [f.fanIn, f.fixed];

function said({ columns }: Facts): string {
  const factors = (c: Column): string => c.gains.map((row) => magnitude(row.measured.value)).join(", ");
  const each = columns.map((c) => `${factors(c)} (${c.name})`).join("; ");
  return `with ${SKIPS.join(", ")} skipped values the squared gradient at x, over that of the layer's product, is ${each}`;
}

const GAINS = named<Facts>("every squared gradient at x", (f) => f.columns.flatMap((c) => c.gains));

const RULE: Rule<Facts> = [
  {
    verdict: "SUPPORTED",
    when: all(whereAdded, every("with", "initialisation of the concatenating layer", concatenated, divided)),
    say: (f) => `It is divided, whatever the weights: ${said(f)}.`,
  },
  {
    verdict: "REFUTED",
    when: all(whereAdded, every("with", "initialisation of the concatenating layer", concatenated, whole)),
    say: (f) => `It is not divided: ${said(f)}.`,
  },
  {
    verdict: "CONDITIONAL",
    when: all<Facts>(
      whereAdded,
      every("in", "network", (f) => f.columns, bitForBit),
      on("with concatenation and a fan-in initialisation", (f) => f.fanIn, divided),
      on("with concatenation and weights of one deviation", (f) => f.fixed, whole),
      followsLaw(GAINS),
    ),
    say: (f) =>
      `It is the initialisation that divides the gradient: weights drawn by their fan-in are smaller where more is joined. Backpropagation hands every part its slice bit for bit. ${capitalised(said(f))}.`,
  },
  { verdict: "UNDECIDED", when: otherwise, say: (f) => `The gradient is neither divided nor left as it was, or it leaves its law: ${said(f)}.` },
];

/** "The gradient is divided by x + the number of skipped connections", read for concatenation. */
export const gradientDividedConcat: Claim = claim({
  id: "gradient-divided-concat",
  sentence: "The gradient is divided by x + the number of skipped connections, for concatenation.",
  from: "a reply of the thread, read for DenseNet",
  experiment:
    `Layers of ${WIDTH} ReLUs that take x and ${SKIPS.join(", ")} skipped values of ${WIDTH} features each, {concatenated, added} × {He's fan-in initialisation, weights of one ` +
    "deviation}: the gradient of every part against its slice of the whole, and the squared gradient that the layer sends to x.",
  assumptions: [
    "at initialisation",
    "ReLU; x and the skipped values of equal size",
    "the squared gradient, which is what variances are divided in: the norm by the root of it",
  ],
  source: "own experiment; He et al. 2015 for the fan-in, Huang et al. 2017 for dense concatenation",
  trials: (budget) => sweep(budget, (init) => init),
  measure,
  rule: RULE,
  sabotage: (budget) => sweep(budget, () => "fixed"),
});
