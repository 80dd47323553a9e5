import { activation } from "../theory/activation.js";
import { normBranch, singleBranch } from "../theory/laws/residual.js";
import type { Arm, Claim, Budget } from "./claim.js";
import { EXAMPLES, arms, branchNet } from "./shared/arms.js";
import {
  HUNDRED,
  RATE,
  above,
  batchGrowthOf,
  below,
  contrast,
  deepest,
  factor,
  growthRow,
  growthOf,
  readings,
  total,
} from "./shared/evidence-rows.js";
import { estimate } from "../math/estimate.js";

const PLAIN = "W·ReLU(x)";
const SKIP = "x + W·ReLU(x)";
const NORM = "W·ReLU(BN(x))";
const BOTH = "x + W·ReLU(BN(x))";

const CELLS = [
  { name: PLAIN, skip: false, norm: false, role: "control" },
  { name: SKIP, skip: true, norm: false, role: "test" },
  { name: NORM, skip: false, norm: true, role: "test" },
  { name: BOTH, skip: true, norm: true, role: "test" },
] as const;

const sweep = (size: Budget, norms: boolean): readonly Arm[] =>
  CELLS.flatMap(({ name, skip, norm, role }) =>
    arms(size, {
      name,
      role,
      net: () => branchNet(skip, 2, { branch: "norm-act-weight", norm: norm && norms ? "batch" : "none", bias: false }),
      examples: EXAMPLES,
      dtype: "float32",
    }),
  );

/** "It is BatchNorm, not the skips": two factors, and what they do to each other. */
export const normalisationNotSkips: Claim = {
  id: "normalisation-not-skips",
  sentence: "It is BatchNorm that prevents the explosion, not the skip connections.",
  from: "a reply of the thread",
  experiment: "All four of {skip, none} × {BatchNorm inside the branch, none}, ReLU, He weights, batches of 32.",
  rule:
    "Per block at the greatest depth: SUPPORTED: BatchNorm lowers the squared gradient with the skip and without, and no network with it explodes. REFUTED: it lowers it in " +
    "neither. CONDITIONAL: it lowers it with the skip by more than 5 % a block and raises it so without, an interaction.",
  assumptions: [
    "at initialisation, training-mode statistics over 32 examples",
    "fully connected",
    "He weights, with which layers without BatchNorm and skip neither grow nor vanish: BatchNorm without a skip brings growth to 47 % a layer whatever the weights, which is less than that of layers with σ_w² above 2.94",
  ],
  source: "Yang et al. 2019 (BatchNorm alone); De & Smith 2020 (BatchNorm in residual branches)",
  trials: (size) => sweep(size, true),
  judge(results, context) {
    const { depths, width } = results.size;
    const phi = activation("relu");
    const last = deepest(depths);
    const totals = CELLS.map(({ name, skip, norm, role }) =>
      depths.map((depth) => {
        const branch = norm ? normBranch(phi, "batch") : singleBranch(phi);
        const more = { ...(skip ? {} : { skipScale: 0 }), ...(norm ? { batch: EXAMPLES } : {}) };
        const law = total(context.laws.residual({ branch, depth, width, ...more }), depth);
        const reading = norm ? batchGrowthOf : growthOf;
        return growthRow(results, context, { arm: name, role, depth, law, reading });
      }),
    );
    const withSkip = contrast(results, context, {
      arm: BOTH,
      control: SKIP,
      depth: last,
      reading: batchGrowthOf,
      what: "what BatchNorm adds to it where there is a skip",
    });
    const without = contrast(results, context, {
      arm: NORM,
      control: PLAIN,
      depth: last,
      reading: batchGrowthOf,
      what: "what BatchNorm adds to it where there is none",
    });
    const [p, s, n, b] = [PLAIN, SKIP, NORM, BOTH].map((arm) => readings(results, arm, last, batchGrowthOf)) as [
      number[],
      number[],
      number[],
      number[],
    ];
    const interaction = {
      ...withSkip,
      arm: "interaction",
      what: "the first less the second: what skip and BatchNorm do to each other",
      measured: estimate(
        b.map((v, i) => v - s[i]! - (n[i]! - p[i]!)),
        { panel: context.panel },
      ),
    };
    const evidence = [...totals.flat(), withSkip, without, interaction];
    const said = `over ${last} blocks: ${CELLS.map((c, i) => `${c.name} ${factor(deepest(totals[i]!).measured.value)}`).join(", ")}`;
    const step = RATE * last;
    if (below(withSkip, -step) && below(without, -step) && [2, 3].every((i) => below(deepest(totals[i]!), HUNDRED)))
      return { verdict: "SUPPORTED", evidence, sentence: `BatchNorm lowers the squared gradient with and without a skip, ${said}.` };
    if (below(withSkip, -step) && above(without, step) && below(interaction, -step)) {
      const sentence = `Half true: inside a residual branch BatchNorm tames the growth that the skip makes, without a skip it causes one where He weights have none, ${said}.`;
      return { verdict: "CONDITIONAL", evidence, sentence };
    }
    if (!below(withSkip, 0) && !below(without, 0) && above(withSkip, -step) && above(without, -step))
      return { verdict: "REFUTED", evidence, sentence: `BatchNorm lowers the squared gradient neither with a skip nor without, ${said}.` };
    return { verdict: "UNDECIDED", evidence, sentence: `The four do not part clearly, ${said}.` };
  },
  sabotage: (size) => sweep(size, false),
};
