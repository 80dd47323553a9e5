import { activation } from "../theory/activation.js";
import { normBranch, singleBranch } from "../theory/laws/residual.js";
import type { BranchStep } from "../theory/branch.js";
import { decimals, factor } from "../util/format.js";
import type { Arm, ArmKind, Budget, Claim, EvidenceRow, Results, RuleContext } from "./claim.js";
import { EXAMPLES, arms, branchNet, controlArm, testArm } from "./shared/arms.js";
import { batchGrowthOf, contrast, deepest, growthOf, growthRow, rate, scaleFreeOf, total } from "./shared/evidence-rows.js";
import type { Factors } from "./shared/factors.js";
import { grows } from "./shared/growth.js";
import { ZERO, above, all, atLeast, below, every, given, keepsToLaw, named, otherwise, some, term } from "./shared/predicates.js";
import { logarithmOf } from "./shared/quantity.js";
import { claim } from "./shared/rule.js";
import type { Rule } from "./shared/rule.js";

/** A branch whose plain network explodes, with the skip and without. */
interface Branch {
  readonly skip: ArmKind;
  readonly plain: ArmKind;
  readonly steps: readonly BranchStep[];
}

const branch = (factors: Factors, steps: readonly BranchStep[]): Branch => ({
  skip: testArm({ ...factors, skip: true }),
  plain: controlArm({ ...factors, skip: false }),
  steps,
});

const BRANCHES: readonly Branch[] = [
  branch({ activation: "relu", weightVariance: 4 }, singleBranch(activation("relu"), 4)),
  branch({ activation: "tanh", weightVariance: 4 }, singleBranch(activation("tanh"), 4)),
  branch({ activation: "relu", norm: "batch" }, normBranch(activation("relu"), "batch")),
];
const hasNorm = (b: Branch): boolean => b.plain.factors.norm === "batch";

const sweep = (budget: Budget, skip: boolean): readonly Arm[] =>
  BRANCHES.flatMap((b) => {
    const dtype = hasNorm(b) ? "float32" : "float64";
    return [
      ...arms(budget, b.skip, { net: branchNet({ ...b.skip.factors, skip }), dtype }),
      ...arms(budget, b.plain, { net: branchNet(b.plain.factors), dtype }),
    ];
  });

const FREE = logarithmOf("squared gradient scale coefficient, with over without", "ln of the squared gradient scale coefficient, more than without");

/** What the skip does to one branch. */
interface Part {
  readonly name: string;
  readonly skip: readonly EvidenceRow[];
  readonly plain: readonly EvidenceRow[];
  readonly more: EvidenceRow;
  readonly free: EvidenceRow;
  /** Growth of the plain network per block. */
  readonly rate: EvidenceRow;
}

function measure(results: Results, context: RuleContext) {
  const { depths, width } = results.budget;
  const depth = deepest(depths);
  const parts = BRANCHES.map((b): Part => {
    const statistic = hasNorm(b) ? batchGrowthOf : growthOf;
    const totals = (arm: ArmKind, more: { readonly skipScale?: number }): readonly EvidenceRow[] =>
      depths.map((l) => {
        const net = { branch: b.steps, depth: l, width, ...(hasNorm(b) ? { batch: EXAMPLES } : {}), ...more };
        return growthRow(results, context, { arm, depth: l, statistic, law: total(context.laws.residual(net), l) });
      });
    const pair = { arm: b.skip, control: b.plain, depth };
    return {
      name: b.plain.name,
      skip: totals(b.skip, {}),
      plain: totals(b.plain, { skipScale: 0 }),
      more: contrast(results, context, { ...pair, statistic }),
      free: contrast(results, context, { ...pair, statistic: scaleFreeOf, quantity: FREE }),
      rate: rate(results, context, b.plain, statistic),
    };
  });
  return { parts, depth, evidence: parts.flatMap((p) => [...p.skip, ...p.plain, p.more, p.free, p.rate]) };
}

type Facts = ReturnType<typeof measure>;

function where({ parts, depth }: Facts): string {
  const end = (rows: readonly EvidenceRow[]): string => factor(deepest(rows).measured.value);
  const said = parts.map((p) => `${end(p.plain)} without and ${end(p.skip)} with the skip for ${p.name}`).join("; ");
  const free = parts.map((p) => `${decimals(p.free.measured.value, 1)} with ${p.name}`).join("; ");
  return `over ${depth} blocks the squared gradient changes ${said}. To ln of the squared gradient scale coefficient, which is free of units, the skip adds ${free}`;
}

const ADDED = named<Part>("what the skip adds to the growth over the greatest depth", (p) => p.more);
const TOTALS = named<Facts>("the growth with and without the skip", (f) => f.parts.flatMap((p) => [...p.skip, ...p.plain]));
const plainGrows = term("the plain network explodes", "the plain network is not shown to explode", given<Part>("without the skip", grows));
const lowers = term("the skip lowers the growth", "the skip is not shown to lower the growth", all(plainGrows, below(ADDED, ZERO)));
const raises = term("the skip raises the growth", "the skip is not shown to raise the growth", all(plainGrows, above(ADDED, ZERO)));
const parts = (f: Facts): readonly Part[] => f.parts;

const RULE: Rule<Facts> = [
  {
    verdict: "SUPPORTED",
    when: all(every("with", "branch", parts, lowers), keepsToLaw(TOTALS)),
    say: (f) => `It does with every branch: ${where(f)}.`,
  },
  {
    verdict: "REFUTED",
    when: every("with", "branch", parts, all(plainGrows, atLeast(ADDED, ZERO))),
    say: (f) => `It does with none: ${where(f)}.`,
  },
  {
    verdict: "CONDITIONAL",
    when: all(some("with", "branch", parts, lowers), some("with", "branch", parts, raises)),
    say: (f) => {
      const those = (which: (p: Part) => boolean): string => f.parts.filter(which).map((p) => p.name).join(" and "); // prettier-ignore
      const open = those((p) => !lowers.holds(p) && !raises.holds(p));
      const rest = open === "" ? "" : ` (neither is certain at this depth with ${open})`;
      return `The skip lowers the growth with ${those(lowers.holds)}, and raises it with ${those(raises.holds)}${rest}: ${where(f)}.`;
    },
  },
  { verdict: "UNDECIDED", when: otherwise, say: (f) => `Not every plain network explodes here, or too few seeds tell: ${where(f)}.` },
];

/** "ResNet can mitigate exploding": measured on networks that do explode without skips. */
export const resnetMitigates: Claim = claim({
  id: "resnet-mitigates",
  sentence: "ResNet can mitigate exploding gradients.",
  from: "the question's premise, from the literature it cites",
  experiment: "Plain networks that do explode (ReLU and tanh at σ_w² = 4; BatchNorm before every ReLU), with a skip around every layer and without.",
  assumptions: [
    "at initialisation",
    "at the greatest depth: a saturating branch is overtaken by its trunk only with depth",
    "fully connected; BatchNorm over 32 examples in training mode",
    "raw gradients decide; the coefficient free of units, which ReLU without norms leaves at 1 with a skip and without, stands beside them",
  ],
  source: "Yang & Schoenholz 2017 (tanh); Yang et al. 2019 and De & Smith 2020 (BatchNorm); Hanin 2018 (ReLU)",
  trials: (budget) => sweep(budget, true),
  measure,
  rule: RULE,
  sabotage: (budget) => sweep(budget, false),
});
