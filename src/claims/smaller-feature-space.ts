import type { NetSpec } from "../nn/spec.js";
import type { BlockFit } from "../probe/block-fit.js";
import type { Representation } from "../probe/representation.js";
import { blockFit } from "../trial/measurements/block-fit.js";
import { representation } from "../trial/measurements/representation.js";
import type { Arm, Claim, EvidenceRow, Budget } from "./claim.js";
import { branchNet } from "./shared/old-arms.js";
import { deepest, evidenceRow } from "./shared/old-rows.js";

interface Pair {
  readonly name: string;
  readonly net: (skip: boolean) => NetSpec;
}

/** The same branch with a skip around it and without. */
const PAIRS: readonly Pair[] = [
  { name: "W·ReLU(x)", net: (skip) => branchNet(skip, 2) },
  { name: "W·ReLU(LN x)", net: (skip) => branchNet(skip, 2, { branch: "norm-act-weight", norm: "layer" }) },
  { name: "W·ReLU(BN(x))", net: (skip) => branchNet(skip, 2, { branch: "norm-act-weight", norm: "batch", bias: false }) },
];
const withSkip = (p: Pair): string => `x + ${p.name}`;

const SEEDS = 20;
const EXAMPLES = 32;

/** One block V·ReLU(W·x), with a skip and without, to be fitted by blocks of either class. */
const FIT = { seeds: 40, width: 32, examples: 512, depth: 1 };
const PLAIN_BLOCK = "one block V·ReLU(W·x)";
const RESIDUAL_BLOCK = "one block x + V·ReLU(W·x)";
const block = (skip: boolean): NetSpec => ({ arch: "residual-mlp", branch: "weight-act-weight", skip: skip ? "identity" : "none" });

/** `skips` says what an arm with skips really has. */
const sweep = (size: Budget, skips: (skip: boolean) => boolean): readonly Arm[] => [
  ...PAIRS.flatMap((p) =>
    [true, false].flatMap((skip) =>
      size.depths.map((depth): Arm => ({
        name: skip ? withSkip(p) : p.name,
        role: skip ? "test" : "control",
        depth,
        trials: Array.from({ length: Math.min(size.seeds, SEEDS) }, (_, seed) => ({
          net: { ...p.net(skips(skip)), depth, width: size.width, classes: null },
          batch: { examples: EXAMPLES },
          measure: { name: "representation", boundaries: 2 },
          seed,
          dtype: "float64",
        })),
      })),
    ),
  ),
  ...[true, false].map((skip): Arm => ({
    name: skip ? RESIDUAL_BLOCK : PLAIN_BLOCK,
    role: skip ? "test" : "control",
    depth: FIT.depth,
    trials: Array.from({ length: FIT.seeds }, (_, seed) => ({
      net: { ...block(skips(skip)), depth: FIT.depth, width: FIT.width, classes: null },
      batch: { examples: FIT.examples },
      measure: "block-fit",
      seed,
      dtype: "float64",
    })),
  })),
];

const last = (list: readonly (number | null)[]): number => list[list.length - 1] ?? NaN;

const RANK = "effective rank of 32 examples' features at the output";
/** A rank that differs by less is none that is smaller or larger, in ln. */
const DELTA = 0.05;
/** Of the errors of the two classes, in ln. */
const ALIKE = 0.1;

/** "Residual connections reduce the feature space searched": the space that features take up, and which blocks can stand for which. */
export const smallerFeatureSpace: Claim = {
  id: "smaller-feature-space",
  sentence: "Residual connections reduce the feature space that is searched.",
  from: "a reply of the thread",
  experiment:
    "Effective rank of the examples' features over depth with skips and without, bare, with LayerNorm and with BatchNorm in the branch; likeness of features between blocks (linear CKA); blocks of each class fitted to a random " +
    "block of the other, by least squares on random features.",
  rule:
    "At the greatest depth, of each branch with a skip against without. SUPPORTED: the effective rank is smaller by more than 5 % with every branch, and residual blocks miss random plain blocks by more than plain ones " +
    "miss residual blocks (ln of the mean squares more than .1). REFUTED: the rank is nowhere smaller by more than 5 %, larger by more than 5 % with some branch, and the two classes miss each other alike (within .1). " +
    "CONDITIONAL: the rank is smaller by more than 5 % with one branch and larger with another.",
  assumptions: [
    "at initialisation: what is searched is judged by what random networks span and what blocks can express, not by what training finds",
    "ReLU, fully connected; 32 examples from N(0, 1); fitted blocks have as many random features as the block's width",
  ],
  source: "Roy & Vetterli 2007 (effective rank); Kornblith et al. 2019 (CKA)",
  missing: "the distance from initialisation that training covers, with skips and without",
  picture: RANK,
  trials: (size) => sweep(size, (skip) => skip),
  judge(results, context) {
    const { depths } = results.budget;
    const end = deepest(depths);
    const point = (name: string, role: EvidenceRow["role"], depth: number, what: string, read: (r: Representation) => number): EvidenceRow =>
      evidenceRow(results.of(representation, name, depth).map(read), context, { what, arm: name, role, depth });
    const parts = PAIRS.map((p) => {
      const arms = [
        { name: withSkip(p), role: "test" as const },
        { name: p.name, role: "control" as const },
      ];
      const ranks = arms.map((a) => depths.map((depth) => point(a.name, a.role, depth, RANK, (r) => last(r.rank))));
      const alike = arms.flatMap((a) => [
        point(a.name, a.role, end, "linear CKA of the output's features with those one block before", (r) => last(r.before)),
        point(a.name, a.role, end, "linear CKA of the output's features with the input's", (r) => last(r.first)),
      ]);
      const [skip, none] = arms.map((a) => results.of(representation, a.name, end)) as [readonly Representation[], readonly Representation[]];
      const more = evidenceRow(
        skip.map((r, s) => Math.log(last(r.rank) / last(none[s]!.rank))),
        context,
        { what: "ln of the effective rank with a skip over that without", arm: withSkip(p), role: "contrast", depth: end },
      );
      return { p, ranks, alike, more };
    });
    const fits = (name: string): readonly BlockFit[] => results.of(blockFit, name, FIT.depth);
    const missed = (arm: string, role: EvidenceRow["role"], by: "plain" | "residual"): EvidenceRow =>
      evidenceRow(
        fits(arm).map((f) => f[by]),
        context,
        { what: `mean square that the best ${by} block misses it by`, arm, role, depth: FIT.depth },
      );
    const errors = [
      missed(PLAIN_BLOCK, "control", "plain"),
      missed(PLAIN_BLOCK, "control", "residual"),
      missed(RESIDUAL_BLOCK, "test", "residual"),
      missed(RESIDUAL_BLOCK, "test", "plain"),
    ];
    const [plain, residual] = [fits(PLAIN_BLOCK), fits(RESIDUAL_BLOCK)];
    const either = evidenceRow(
      plain.map((f, s) => Math.log(f.residual / residual[s]!.plain)),
      context,
      {
        what: "ln of what residual blocks miss plain ones by, over what plain blocks miss residual ones by",
        arm: "either class",
        role: "contrast",
        depth: FIT.depth,
      },
    );
    const evidence = [...parts.flatMap((p) => p.ranks.flat()), ...parts.map((p) => p.more), ...parts.flatMap((p) => p.alike), ...errors, either];
    const said = parts
      .map((p) => `${p.p.name} ${deepest(p.ranks[0]!).measured.value.toFixed(1)} with, ${deepest(p.ranks[1]!).measured.value.toFixed(1)} without`)
      .join("; ");
    const blocks = `residual blocks miss random plain blocks by ${errors[1]!.measured.value.toFixed(2)}, plain blocks random residual ones by ${errors[3]!.measured.value.toFixed(2)}`;
    const where = `effective rank of 32 examples over ${end} blocks: ${said}; ${blocks}`;
    const smaller = parts.map((p) => p.more.measured.high < -DELTA);
    const larger = parts.map((p) => p.more.measured.low > DELTA);
    const notSmaller = parts.every((p) => p.more.measured.low > -DELTA);
    const alike = either.measured.low > -ALIKE && either.measured.high < ALIKE;
    if (smaller.every(Boolean) && either.measured.low > ALIKE)
      return { verdict: "SUPPORTED", evidence, sentence: `Random networks with skips span less, and their blocks express less: ${where}.` };
    if (notSmaller && larger.some(Boolean) && alike) {
      const sentence = `As stated it is not so at initialisation: features of networks with skips span as much or more, and neither class of blocks holds the other, being the same functions moved by x: ${where}.`;
      return { verdict: "REFUTED", evidence, sentence };
    }
    if (smaller.some(Boolean) && larger.some(Boolean)) return { verdict: "CONDITIONAL", evidence, sentence: `It depends on the branch: ${where}.` };
    return { verdict: "UNDECIDED", evidence, sentence: `Neither is certain: ${where}.` };
  },
  sabotage: (size) => sweep(size, () => false),
};
