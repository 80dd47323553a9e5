import { activation } from "../theory/activation.js";
import { normBranch, singleBranch } from "../theory/laws/residual.js";
import type { BranchStep } from "../theory/branch.js";
import type { NetSpec } from "../nn/spec.js";
import type { Arm, Claim, Budget } from "./claim.js";
import { EXAMPLES, arms, branchNet } from "./shared/arms.js";
import {
  RATE,
  above,
  batchGrowthOf,
  below,
  contrast,
  deepest,
  factor,
  growthRow,
  growthOf,
  rate,
  scaleFreeOf,
  total,
} from "./shared/evidence-rows.js";

/** A branch whose plain network explodes. */
interface Branch {
  readonly name: string;
  readonly norm: boolean;
  readonly net: (skip: boolean) => NetSpec;
  readonly steps: readonly BranchStep[];
}

const BRANCHES: readonly Branch[] = [
  { name: "W·ReLU(x), σ_w² = 4", norm: false, net: (skip) => branchNet(skip, 4), steps: singleBranch(activation("relu"), 4) },
  {
    name: "W·tanh(x), σ_w² = 4",
    norm: false,
    net: (skip) => branchNet(skip, 4, { activation: "tanh" }),
    steps: singleBranch(activation("tanh"), 4),
  },
  {
    name: "W·ReLU(BN(x))",
    norm: true,
    net: (skip) => branchNet(skip, 2, { branch: "norm-act-weight", norm: "batch", bias: false }),
    steps: normBranch(activation("relu"), "batch"),
  },
];

const skipped = (b: Branch): string => `x + ${b.name}`;

const sweep = (size: Budget, skip: boolean): readonly Arm[] =>
  BRANCHES.flatMap((b) => {
    const dtype = b.norm ? "float32" : "float64";
    return [
      ...arms(size, { name: skipped(b), role: "test", net: () => b.net(skip), dtype }),
      ...arms(size, { name: b.name, role: "control", net: () => b.net(false), dtype }),
    ];
  });

const FREE = "ln of the squared gradient scale coefficient, more than without";

/** "ResNet can mitigate exploding": asked of networks that do explode without skips. */
export const resnetMitigates: Claim = {
  id: "resnet-mitigates",
  sentence: "ResNet can mitigate exploding gradients.",
  from: "the question's premise, from the literature it cites",
  experiment: "Plain networks that do explode (ReLU and tanh at σ_w² = 4; BatchNorm before every ReLU), with a skip around every layer and without.",
  rule:
    "Asked of branches whose plain network grows by more than 5 % a layer on the squared gradient. SUPPORTED: the skip lowers the growth of each. REFUTED: it lowers that of none. " +
    "CONDITIONAL: it lowers that of some, and raises that of others. At the greatest depth: a saturating branch is overtaken by its trunk only with depth.",
  assumptions: [
    "at initialisation",
    "fully connected; BatchNorm over 32 examples in training mode",
    "raw gradients decide; the coefficient free of units, which ReLU without norms leaves at 1 with a skip and without, stands beside them",
  ],
  source: "Yang & Schoenholz 2017 (tanh); Yang et al. 2019 and De & Smith 2020 (BatchNorm); Hanin 2018 (ReLU)",
  trials: (size) => sweep(size, true),
  judge(results, context) {
    const { depths, width } = results.size;
    const last = deepest(depths);
    const parts = BRANCHES.map((b) => {
      const reading = b.norm ? batchGrowthOf : growthOf;
      const law = (depth: number, more: { readonly skipScale?: number }): ReturnType<typeof total> =>
        total(context.laws.residual({ branch: b.steps, depth, width, ...(b.norm ? { batch: EXAMPLES } : {}), ...more }), depth);
      const skip = depths.map((depth) => growthRow(results, context, { arm: skipped(b), role: "test", depth, reading, law: law(depth, {}) }));
      const plain = depths.map((depth) =>
        growthRow(results, context, { arm: b.name, role: "control", depth, reading, law: law(depth, { skipScale: 0 }) }),
      );
      const more = contrast(results, context, { arm: skipped(b), control: b.name, depth: last, reading });
      const free = contrast(results, context, { arm: skipped(b), control: b.name, depth: last, reading: scaleFreeOf, what: FREE });
      return { b, skip, plain, more, free, grows: rate(results, context, b.name, "control", reading) };
    });
    const evidence = parts.flatMap((p) => [...p.skip, ...p.plain, p.more, p.free, p.grows]);
    const said = parts
      .map((p) => `${p.b.name} ${factor(deepest(p.plain).measured.value)} without, ${factor(deepest(p.skip).measured.value)} with`)
      .join("; ");
    const free = parts.map((p) => `${p.free.measured.value.toFixed(1).replace("-", "−")} with ${p.b.name}`).join(", ");
    const where = `the squared gradient over ${last} blocks: ${said}. Free of units (ln of the squared gradient scale coefficient) the skip adds: ${free}`;
    const lowers = parts.map((p) => above(p.grows, RATE) && below(p.more, 0));
    const raises = parts.map((p) => above(p.grows, RATE) && above(p.more, 0));
    const follows = parts.every((p) => [...p.skip, ...p.plain].every((f) => f.law?.held !== "different"));
    if (lowers.every(Boolean) && follows) return { verdict: "SUPPORTED", evidence, sentence: `It does with every branch: ${where}.` };
    if (parts.every((p) => above(p.grows, RATE) && p.more.measured.low >= 0))
      return { verdict: "REFUTED", evidence, sentence: `It does with none: ${where}.` };
    if (lowers.some(Boolean) && raises.some(Boolean)) {
      const those = (which: readonly boolean[]): string =>
        BRANCHES.filter((_, i) => which[i])
          .map((x) => x.name)
          .join(" and ");
      const open = lowers.map((l, i) => !l && !raises[i]);
      const rest = open.some(Boolean) ? ` (${those(open)}: neither is certain at this depth)` : "";
      const sentence = `The skip lowers the growth with ${those(lowers)}, and raises it with ${those(raises)}${rest}: ${where}.`;
      return { verdict: "CONDITIONAL", evidence, sentence };
    }
    return { verdict: "UNDECIDED", evidence, sentence: `Not every plain network explodes here, or too few seeds tell: ${where}.` };
  },
  sabotage: (size) => sweep(size, false),
};
