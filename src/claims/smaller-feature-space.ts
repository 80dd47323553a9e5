import type { NetSpec } from "../nn/spec.js";
import type { BlockFit } from "../probe/block-fit.js";
import type { Representation } from "../probe/representation.js";
import { blockFit } from "../trial/measurements/block-fit.js";
import { representation } from "../trial/measurements/representation.js";
import { decimals } from "../util/format.js";
import type { Arm, ArmKind, Budget, Claim, EvidenceRow, Results, RuleContext } from "./claim.js";
import { arms, branchNet, controlArm, testArm } from "./shared/arms.js";
import { deepest, evidenceRow } from "./shared/evidence-rows.js";
import type { Factors } from "./shared/factors.js";
import { above, all, below, bound, every, named, otherwise, some, term, within } from "./shared/predicates.js";
import { logarithmOf, numberOf } from "./shared/quantity.js";
import type { NamedQuantity } from "./shared/quantity.js";
import { claim } from "./shared/rule.js";
import type { Rule } from "./shared/rule.js";

/** The same branch with a skip around it and without. */
const BRANCHES: readonly Factors[] = [{}, { norm: "layer" }, { norm: "batch" }];
const withSkip = (branch: Factors): ArmKind => testArm({ ...branch, skip: true });
const without = (branch: Factors): ArmKind => controlArm({ ...branch, skip: false });

const SEEDS = 20;

/** One block V·ReLU(W·x), with a skip and without, to be fitted by blocks of either class. */
const FIT = { seeds: 40, width: 32, examples: 512, depths: [1], measure: "block-fit" } as const;
const RESIDUAL_BLOCK = testArm({ network: "one block", skip: true });
const PLAIN_BLOCK = controlArm({ network: "one block", skip: false });
const block = (skip: boolean): NetSpec => ({ arch: "residual-mlp", branch: "weight-act-weight", skip: skip ? "identity" : "none" });

/** `really` says whether an arm that is said to have skips has them. */
const sweep = (budget: Budget, really: (skip: boolean) => boolean): readonly Arm[] => [
  ...BRANCHES.flatMap((branch) =>
    [withSkip(branch), without(branch)].flatMap((kind) => {
      const net = branchNet({ ...branch, skip: really(kind.factors.skip === true) });
      return arms(budget, kind, { net, seeds: Math.min(budget.seeds, SEEDS), measure: { name: "representation", boundaries: 2 } });
    }),
  ),
  ...[RESIDUAL_BLOCK, PLAIN_BLOCK].flatMap((kind) => arms(budget, kind, { net: block(really(kind.factors.skip === true)), ...FIT })),
];

const last = (list: readonly (number | null)[]): number => list[list.length - 1] ?? NaN;

const RANK = numberOf("effective rank of 32 examples' features at the output");
const RANK_MORE = logarithmOf("effective rank with a skip over that without");
const ALIKE_BEFORE = numberOf("linear CKA of the output's features with those one block before");
const ALIKE_INPUT = numberOf("linear CKA of the output's features with the input's");
const MISSES = "what residual blocks miss plain ones by, over what plain blocks miss residual ones by";
const MISSED_MORE = logarithmOf(MISSES, `ln of ${MISSES}`);
/** A rank that differs by less is none that is smaller or larger, in ln. */
const DELTA = 0.05;
/** Of the errors of the two classes, in ln. */
const ALIKE = 0.1;

/** What a skip does to the features that one branch spans. */
interface Part {
  readonly name: string;
  readonly ranks: { readonly skip: readonly EvidenceRow[]; readonly none: readonly EvidenceRow[] };
  readonly alike: readonly EvidenceRow[];
  readonly more: EvidenceRow;
}

function partOf(results: Results, context: RuleContext, branch: Factors): Part {
  const { depths } = results.budget;
  const end = deepest(depths);
  const [skip, none] = [withSkip(branch), without(branch)];
  const row = (arm: ArmKind, depth: number, quantity: NamedQuantity, read: (r: Representation) => number): EvidenceRow =>
    evidenceRow(results.of(representation, arm.name, depth).map(read), context, { quantity, arm, depth });
  const ranks = (arm: ArmKind): readonly EvidenceRow[] => depths.map((depth) => row(arm, depth, RANK, (r) => last(r.rank)));
  const plain = results.of(representation, none.name, end);
  const logarithms = results.of(representation, skip.name, end).map((r, s) => Math.log(last(r.rank) / last(plain[s]!.rank)));
  return {
    name: none.name,
    ranks: { skip: ranks(skip), none: ranks(none) },
    alike: [skip, none].flatMap((arm) => [row(arm, end, ALIKE_BEFORE, (r) => last(r.before)), row(arm, end, ALIKE_INPUT, (r) => last(r.first))]),
    more: evidenceRow(logarithms, context, { quantity: RANK_MORE, arm: skip, role: "contrast", depth: end }),
  };
}

function measure(results: Results, context: RuleContext) {
  const parts = BRANCHES.map((branch) => partOf(results, context, branch));
  const [depth] = FIT.depths;
  const fits = (arm: ArmKind): readonly BlockFit[] => results.of(blockFit, arm.name, depth);
  const missed = (arm: ArmKind, by: "plain" | "residual"): EvidenceRow => {
    const errors = fits(arm).map((f) => f[by]);
    return evidenceRow(errors, context, { quantity: numberOf(`mean square that the best ${by} block misses it by`), arm, depth });
  };
  const plainByResidual = missed(PLAIN_BLOCK, "residual");
  const residualByPlain = missed(RESIDUAL_BLOCK, "plain");
  const errors = [missed(PLAIN_BLOCK, "plain"), plainByResidual, missed(RESIDUAL_BLOCK, "residual"), residualByPlain];
  const residual = fits(RESIDUAL_BLOCK);
  const either = evidenceRow(
    fits(PLAIN_BLOCK).map((f, s) => Math.log(f.residual / residual[s]!.plain)),
    context,
    { quantity: MISSED_MORE, arm: "either class", depth },
  );
  const rows = [...parts.flatMap((p) => [...p.ranks.skip, ...p.ranks.none]), ...parts.map((p) => p.more), ...parts.flatMap((p) => p.alike)];
  return { parts, plainByResidual, residualByPlain, either, depth: deepest(results.budget.depths), evidence: [...rows, ...errors, either] };
}

type Facts = ReturnType<typeof measure>;

function where({ parts, plainByResidual, residualByPlain, depth }: Facts): string {
  const end = (rows: readonly EvidenceRow[]): string => decimals(deepest(rows).measured.value, 1);
  const said = parts.map((p) => `${end(p.ranks.skip)} with and ${end(p.ranks.none)} without the skip for ${p.name}`).join("; ");
  const blocks = `residual blocks miss random plain blocks by ${decimals(plainByResidual.measured.value, 2)}, plain blocks random residual ones by ${decimals(residualByPlain.measured.value, 2)}`;
  return `over ${depth} blocks the effective rank of 32 examples is ${said}; ${blocks}`;
}

const RANK_OVER = named<Part>("ln of the effective rank at the greatest depth with a skip over that without", (p) => p.more);
const smaller = term("the rank is smaller", "the rank is not shown to be smaller", below(RANK_OVER, bound(-DELTA)));
const larger = term("the rank is larger", "the rank is not shown to be larger", above(RANK_OVER, bound(DELTA)));
const noSmaller = term("the rank is no smaller", "the rank may be smaller", above(RANK_OVER, bound(-DELTA)));
const MISSED = named<Facts>("ln of the error of residual blocks on plain ones over that of plain blocks on residual ones", (f) => f.either);
const parts = (f: Facts): readonly Part[] => f.parts;

const RULE: Rule<Facts> = [
  {
    verdict: "SUPPORTED",
    when: all(every("with", "branch", parts, smaller), above(MISSED, bound(ALIKE))),
    say: (f) => `Random networks with skips span less, and their blocks express less: ${where(f)}.`,
  },
  {
    verdict: "REFUTED",
    when: all(every("with", "branch", parts, noSmaller), some("with", "branch", parts, larger), within(MISSED, bound(ALIKE))),
    say: (f) =>
      `At initialisation they do not: features of networks with skips span as much or more, and neither class of blocks holds the other, as both are the same functions moved by x: ${where(f)}.`,
  },
  {
    verdict: "CONDITIONAL",
    when: all(some("with", "branch", parts, smaller), some("with", "branch", parts, larger)),
    say: (f) => `It depends on the branch: ${where(f)}.`,
  },
  { verdict: "UNDECIDED", when: otherwise, say: (f) => `It is not certain whether they do: ${where(f)}.` },
];

/** "Residual connections reduce the feature space searched": the space that features take up, and which blocks can stand for which. */
export const smallerFeatureSpace: Claim = claim({
  id: "smaller-feature-space",
  sentence: "Residual connections reduce the feature space that is searched.",
  from: "a reply of the thread",
  experiment:
    "Effective rank of the examples' features over depth with skips and without, bare, with LayerNorm and with BatchNorm in the branch; likeness of features between blocks (linear CKA); blocks of each class fitted to a random " +
    "block of the other, by least squares on random features.",
  assumptions: [
    "at initialisation: what is searched is judged by what random networks span and what blocks can express, not by what training finds",
    "what blocks miss is a mean square",
    "ReLU, fully connected; 32 examples from N(0, 1); fitted blocks have as many random features as the block's width",
  ],
  source: "Roy & Vetterli 2007 (effective rank); Kornblith et al. 2019 (CKA)",
  missing: "the distance from initialisation that training covers, with skips and without",
  picture: RANK.what,
  trials: (budget) => sweep(budget, (skip) => skip),
  measure,
  rule: RULE,
  sabotage: (budget) => sweep(budget, () => false),
});
