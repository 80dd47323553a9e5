import type { NetSpec } from "../nn/spec.js";
import { activation } from "../theory/activation.js";
import { factor, percent } from "../util/format.js";
import type { Arm, Budget, Claim, EvidenceRow, Results, RuleContext } from "./claim.js";
import { arms, controlArm, testArm } from "./shared/arms.js";
import { RATE_PER_BLOCK, batchGrowthOf, deepest, growthRow, slope, total } from "./shared/evidence-rows.js";
import { grows } from "./shared/growth.js";
import { EXPLOSION, above, all, below, given, named, otherwise } from "./shared/predicates.js";
import type { Predicate } from "./shared/predicates.js";
import { claim } from "./shared/rule.js";
import type { Rule } from "./shared/rule.js";

const NORMED = testArm({ network: "plain conv", norm: "batch" });
const BARE = controlArm({ network: "plain conv", norm: "none" });
const VGG = testArm({ network: "vgg", norm: "batch" });

/** As deep as VGG, and deeper. */
const DEPTHS = [10, 16, 20, 50];
const VGG_DEPTH = 16;
const EXAMPLES = 16;
const SIDE = 8;
const CHANNELS: Readonly<Record<Budget["name"], number>> = { quick: 16, full: 32 };

const conv = (channels: number, norm: boolean): NetSpec => ({
  arch: "plain-conv",
  width: channels,
  input: [channels, SIDE, SIDE],
  padding: "circular",
  norm: norm ? "batch" : "none",
  bias: false,
});

/** A real one, of a quarter of its channels, for images of 32 × 32. */
const vgg = (norm: boolean): NetSpec => ({ arch: "vgg", width: 16, input: [3, 32, 32], hidden: 0, norm: norm ? "batch" : "none" });

const sweep = (budget: Budget, norm: boolean): readonly Arm[] => {
  const shared = { seeds: budget.seeds, examples: EXAMPLES, dtype: "float32" } as const;
  const channels = CHANNELS[budget.name];
  return [
    ...DEPTHS.flatMap((depth) => [
      ...arms(budget, NORMED, { net: conv(channels, norm), depths: [depth], ...shared }),
      ...arms(budget, BARE, { net: conv(channels, false), depths: [depth], ...shared }),
    ]),
    ...arms(budget, VGG, { net: vgg(norm), depths: [VGG_DEPTH], ...shared }),
  ];
};

function measure(results: Results, context: RuleContext) {
  const { laws } = context;
  const phi = activation("relu");
  const width = 9 * CHANNELS[results.budget.name];
  const normed = DEPTHS.map((depth) => {
    const law = total(laws.batchNorm({ phi, order: "norm-act", depth, batch: EXAMPLES * SIDE * SIDE, width }), depth);
    return growthRow(results, context, { arm: NORMED, depth, statistic: batchGrowthOf, law });
  });
  const bare = DEPTHS.map((depth) => {
    const law = total(laws.plain({ phi, sigmaW2: 2, depth, width }), depth);
    return growthRow(results, context, { arm: BARE, depth, statistic: batchGrowthOf, law });
  });
  const real = growthRow(results, context, { arm: VGG, depth: VGG_DEPTH, statistic: batchGrowthOf });
  const rate = slope(results, context, NORMED, { depths: DEPTHS, statistic: batchGrowthOf, quantity: RATE_PER_BLOCK });
  const shallow = [...normed.filter((row) => row.depth! <= VGG_DEPTH), real];
  const asDeep = normed.find((row) => row.depth === VGG_DEPTH)!;
  return { normed, bare, real, rate, shallow, asDeep, deep: deepest(normed), evidence: [...normed, ...bare, real, rate] };
}

type Facts = ReturnType<typeof measure>;

function said({ normed, bare, real, rate, deep }: Facts): string {
  const onNorm = (row: EvidenceRow): string => factor(row.measured.value / 2);
  return (
    `the norm of the gradient grows ${normed.map((row) => `${onNorm(row)} over ${row.depth} layers`).join(", ")}, ` +
    `and its square by ${percent(Math.expm1(rate.measured.value))} a layer; without BatchNorm it grows ${onNorm(deepest(bare))} over ${deep.depth} layers, ` +
    `and in a VGG-16 ${onNorm(real)}`
  );
}

const EVERYWHERE = named<Facts>("the growth at every depth (VGG-16 included)", (f) => [...f.normed, f.real]);
const AS_DEEP = named<Facts>(`the growth over ${VGG_DEPTH} layers`, (f) => f.asDeep);
const SHALLOW = named<Facts>(`the growth over at most ${VGG_DEPTH} layers (VGG-16 included)`, (f) => f.shallow);
const DEEP = named<Facts>(`the growth over ${deepest(DEPTHS)} layers`, (f) => f.deep);
const normed = (p: Predicate<Facts>): Predicate<Facts> => given("with BatchNorm", p);

const RULE: Rule<Facts> = [
  {
    verdict: "SUPPORTED",
    when: normed(below(EVERYWHERE, EXPLOSION)),
    say: (f) => `At no depth do they explode: ${said(f)}.`,
  },
  {
    verdict: "REFUTED",
    when: normed(all<Facts>(grows, above(AS_DEEP, EXPLOSION))),
    say: (f) => `They explode at ${VGG_DEPTH} layers already: ${said(f)}.`,
  },
  {
    verdict: "CONDITIONAL",
    when: normed(all<Facts>(grows, below(SHALLOW, EXPLOSION), above(DEEP, EXPLOSION))),
    say: (f) =>
      `At the depth of VGG they do not explode, and much deeper they do, because BatchNorm without skips makes the gradient grow at a constant rate: ${said(f)}.`,
  },
  { verdict: "UNDECIDED", when: otherwise, say: (f) => `It is not certain whether they explode: ${said(f)}.` },
];

/** "Plain VGG nets do not explode with well-placed BN": at the depth of VGG, and beyond it. */
export const vggWithBn: Claim = claim({
  id: "vgg-with-bn",
  sentence: "Plain VGG networks do not explode with well-placed BatchNorm.",
  from: "a reply of the thread",
  experiment:
    "Plain convolutional networks of 10 to 50 layers with BatchNorm between every convolution and its ReLU, beside the same without BatchNorm, and a VGG-16 with BatchNorm and poolings; " +
    "batches of 16 maps.",
  assumptions: [
    "at initialisation, training-mode statistics",
    "growth is that of the squared gradient from output to input",
    "He weights, 3 × 3 kernels, one resolution, circular padding (the VGG-16: poolings, zero padding)",
  ],
  source: "Yang et al. 2019",
  missing: "the profile after 1, 10 and 100 steps of training",
  trials: (budget) => sweep(budget, true),
  measure,
  rule: RULE,
  sabotage: (budget) => sweep(budget, false),
});
