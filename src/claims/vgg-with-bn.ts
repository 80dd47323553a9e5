import type { NetSpec } from "../nn/spec.js";
import { activation } from "../theory/activation.js";
import type { Arm, Claim, EvidenceRow, Budget } from "./claim.js";
import { HUNDRED, RATE, batchGrowthOf, below, above, factor, growthRow, readings, total } from "./shared/old-rows.js";
import { slopeOf } from "../math/estimate.js";

const NORMED = "conv→BN→ReLU";
const BARE = "conv→ReLU";
const VGG = "VGG-16 with BN and poolings";

/** As deep as VGG, and deeper. */
const DEPTHS = [10, 16, 20, 50];
const VGG_DEPTH = 16;
const EXAMPLES = 16;
const SIDE = 8;
const CHANNELS: Readonly<Record<Budget["name"], number>> = { quick: 16, full: 32 };

const conv = (size: Budget, norm: boolean, depth: number): NetSpec => ({
  arch: "plain-conv",
  depth,
  width: CHANNELS[size.name],
  input: [CHANNELS[size.name], SIDE, SIDE],
  classes: null,
  padding: "circular",
  norm: norm ? "batch" : "none",
  bias: false,
});

/** A real one, of a quarter of its channels, for images of 32 × 32. */
const vgg = (norm: boolean): NetSpec => ({
  arch: "vgg",
  depth: VGG_DEPTH,
  width: 16,
  input: [3, 32, 32],
  hidden: 0,
  classes: null,
  norm: norm ? "batch" : "none",
});

const arm = (size: Budget, name: string, role: Arm["role"], depth: number, net: NetSpec): Arm => ({
  name,
  role,
  depth,
  trials: Array.from({ length: size.seeds }, (_, seed) => ({ net, batch: { examples: EXAMPLES }, measure: "profile", seed })),
});

const sweep = (size: Budget, norm: boolean): readonly Arm[] => [
  ...DEPTHS.flatMap((depth) => [
    arm(size, NORMED, "test", depth, conv(size, norm, depth)),
    arm(size, BARE, "control", depth, conv(size, false, depth)),
  ]),
  arm(size, VGG, "test", VGG_DEPTH, vgg(norm)),
];

/** "Plain VGG nets do not explode with well-placed BN": at the depth of VGG, and beyond it. */
export const vggWithBn: Claim = {
  id: "vgg-with-bn",
  sentence: "Plain VGG networks do not explode with well-placed BatchNorm.",
  from: "a reply of the thread",
  experiment:
    "Plain convolutional networks of 10 to 50 layers with BatchNorm between every convolution and its ReLU, beside the same without BatchNorm, and a VGG-16 with BatchNorm and poolings; " +
    "batches of 16 maps.",
  rule:
    "Exploding is a gradient beyond 100 on the norm from output to input that grows by more than 5 % a layer on the square. SUPPORTED: at no depth do the networks with BatchNorm explode. " +
    "REFUTED: they explode at 16 layers already. CONDITIONAL: they stay below at the depth of VGG, 16, and explode at 50.",
  assumptions: [
    "at initialisation, training-mode statistics",
    "He weights, 3 × 3 kernels, one resolution, circular padding (the VGG-16: poolings, zero padding)",
  ],
  source: "Yang et al. 2019",
  missing: "the profile after 1, 10 and 100 steps of training",
  trials: (size) => sweep(size, true),
  judge(results, context) {
    const { laws } = context;
    const { budget: size } = results;
    const phi = activation("relu");
    const width = 9 * CHANNELS[size.name];
    const point = (name: string, role: EvidenceRow["role"], depth: number): EvidenceRow => {
      const law =
        name === VGG
          ? undefined
          : name === NORMED
            ? laws.batchNorm({ phi, order: "norm-act", depth, batch: EXAMPLES * SIDE * SIDE, width })
            : laws.plain({ phi, sigmaW2: 2, depth, width });
      return growthRow(results, context, { arm: name, role, depth, reading: batchGrowthOf, law: law && total(law, depth) });
    };
    const normed = DEPTHS.map((depth) => point(NORMED, "test", depth));
    const bare = DEPTHS.map((depth) => point(BARE, "control", depth));
    const real = point(VGG, "test", VGG_DEPTH);
    const columns = DEPTHS.map((depth) => readings(results, NORMED, depth, batchGrowthOf));
    const rows = columns[0]!.map((_, s) => columns.map((c) => c[s]!));
    const measured = slopeOf(DEPTHS, rows, { comparisons: context.comparisons });
    const perLayer: EvidenceRow = { what: "growth of that logarithm per block", arm: NORMED, role: "test", depth: null, measured, law: null };
    const evidence = [...normed, ...bare, real, perLayer];
    const shallow = [...normed.filter((f) => f.depth! <= VGG_DEPTH), real];
    const deep = normed[normed.length - 1]!;
    const norms = (ln: number): string => factor(ln / 2);
    const said =
      `the norm of the gradient grows ${normed.map((f) => `${norms(f.measured.value)} over ${f.depth} layers`).join(", ")}, ` +
      `${(100 * Math.expm1(measured.value)).toFixed(0)} % a layer on the square (without BatchNorm ${norms(bare[bare.length - 1]!.measured.value)} over ${deep.depth}); ` +
      `in a VGG-16 ${norms(real.measured.value)}`;
    const grows = measured.low > RATE;
    if ([...normed, real].every((f) => below(f, HUNDRED)))
      return { verdict: "SUPPORTED", evidence, sentence: `At no depth do they explode: ${said}.` };
    if (
      grows &&
      above(
        shallow.find((f) => f.depth === VGG_DEPTH && f.arm === NORMED)!,
        HUNDRED,
      )
    )
      return { verdict: "REFUTED", evidence, sentence: `They explode at ${VGG_DEPTH} layers already: ${said}.` };
    if (grows && shallow.every((f) => below(f, HUNDRED)) && above(deep, HUNDRED)) {
      const sentence = `At the depth of VGG they do not, much deeper they do, because BatchNorm without skips makes the gradient grow at a constant rate: ${said}.`;
      return { verdict: "CONDITIONAL", evidence, sentence };
    }
    return { verdict: "UNDECIDED", evidence, sentence: `Neither is certain: ${said}.` };
  },
  sabotage: (size) => sweep(size, false),
};
