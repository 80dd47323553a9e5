import { activation } from "../theory/activation.js";
import { isKnown } from "../theory/prediction.js";
import { slopeOf } from "../math/estimate.js";
import type { Arm, Claim, EvidenceRow, Budget } from "./claim.js";
import { arms } from "./shared/old-arms.js";
import { HUNDRED, RATE, above, batchGrowthOf, below, deepest, factor, growthRow, growthOf, rate, readings, total } from "./shared/old-rows.js";

type Phi = "relu" | "tanh";
const PHIS: readonly Phi[] = ["relu", "tanh"];
const SHOWN: Readonly<Record<Phi, string>> = { relu: "ReLU", tanh: "tanh" };

/** What stands behind the weights of every layer. */
const AFTER = (phi: Phi): string => `BN→${SHOWN[phi]}`;
const BEFORE = (phi: Phi): string => `${SHOWN[phi]}→BN`;
const NONE = (phi: Phi): string => `${SHOWN[phi]}, no BN`;
const ALONE = "BN only";

/** Statistics over many examples: with few, the orders differ by what a small batch does to each. */
const BATCH = 128;

interface Network {
  readonly name: string;
  readonly role: Arm["role"];
  readonly phi: Phi | "identity";
  readonly norm: boolean;
  readonly layer: string;
}

const NETWORKS: readonly Network[] = [
  ...PHIS.flatMap((phi): Network[] => [
    { name: AFTER(phi), role: "test", phi, norm: true, layer: "weight-norm-act" },
    { name: BEFORE(phi), role: "test", phi, norm: true, layer: "weight-act-norm" },
    { name: NONE(phi), role: "control", phi, norm: false, layer: "weight-norm-act" },
  ]),
  { name: ALONE, role: "test", phi: "identity", norm: true, layer: "weight-norm-act" },
];

/** The fewest seeds of the protocol at every depth: rates are slopes over depths, and seeds of shallow ones do not narrow them. */
const SEEDS = 20;

const sweep = (size: Budget, norms: boolean): readonly Arm[] =>
  NETWORKS.flatMap(({ name, role, phi, norm, layer }) =>
    size.depths.flatMap((depth) =>
      arms(
        { ...size, depths: [depth], seeds: size.name === "full" ? size.seeds : Math.min(SEEDS, size.seeds) },
        {
          name,
          role,
          net: () => ({ arch: "mlp", activation: phi, ...(norm ? { norm: norms ? "batch" : "none", layer, bias: false } : {}) }),
          ...(norm ? { examples: BATCH, dtype: "float32" } : {}),
        },
      ),
    ),
  );

const readingOf = (n: Network): typeof growthOf => (n.norm ? batchGrowthOf : growthOf);

/** "An activation after BatchNorm is crucial, else the loss blows up": the order of the two, and BatchNorm alone, by the gradient's growth at initialisation. */
export const activationAfterBn: Claim = {
  id: "activation-after-bn",
  sentence: "An activation after BatchNorm is crucial, else the loss blows up.",
  from: "a reply of the thread",
  experiment: "Plain networks with {BN→φ, φ→BN, BN only, no BN} × {ReLU, tanh}, batches of 128: growth of the gradient at initialisation.",
  rule:
    "Growth is that of the squared gradient per layer. SUPPORTED: with every φ it grows by less than 5 % where φ stands behind BatchNorm and by more than 5 % where it does not. REFUTED: with ReLU the " +
    "two orders grow alike (rates differ by less than 5 % a layer, their whole interval), both by more than 5 %, and BatchNorm with no activation stays below 100 on the norm. CONDITIONAL: an activation behind " +
    "BatchNorm keeps the growth below 5 % with one φ and not with the other.",
  assumptions: [
    "at initialisation, training-mode statistics over 128 examples",
    "fully connected, He weights",
    "growth of the gradient stands for the loss that blows up",
    "the 5 % a layer within which the orders count as alike was chosen after first runs: the protocol's 2 % of the rate is less than what a finite width does",
  ],
  source: "Yang et al. 2019",
  missing: "divergence of the loss over learning rates, which needs training",
  trials: (size) => sweep(size, true),
  judge(results, context) {
    const { depths, width } = results.budget;
    const { laws } = context;
    const totals = NETWORKS.map((n) =>
      depths.map((depth) => {
        const phi = activation(n.phi);
        const law = n.norm
          ? laws.batchNorm({ phi, order: n.layer === "weight-act-norm" ? "act-norm" : "norm-act", depth, batch: BATCH, width })
          : laws.plain({ phi, sigmaW2: 2, depth, width });
        return growthRow(results, context, {
          arm: n.name,
          role: n.role,
          depth,
          reading: readingOf(n),
          law: isKnown(law) ? total(law, depth) : undefined,
        });
      }),
    );
    const rates = new Map(NETWORKS.map((n) => [n.name, rate(results, context, n.name, n.role, readingOf(n))]));
    const differences = PHIS.map((phi): EvidenceRow => {
      const columns = depths.map((depth) => {
        const [before, after] = [BEFORE(phi), AFTER(phi)].map((arm) => readings(results, arm, depth, batchGrowthOf)) as [
          readonly number[],
          readonly number[],
        ];
        return before.map((v, s) => v - after[s]!);
      });
      const rows = deepest(columns).map((_, s) => columns.map((c) => c[s]!));
      const measured = slopeOf(depths, rows, { comparisons: context.comparisons });
      return { what: "growth per block, φ→BN more than BN→φ", arm: SHOWN[phi], role: "contrast", depth: null, measured, law: null };
    });
    const evidence = [...totals.flat(), ...rates.values(), ...differences];
    const of = (name: string): EvidenceRow => rates.get(name)!;
    const percent = (f: EvidenceRow): string => `${(100 * Math.expm1(f.measured.value)).toFixed(1)} %`;
    const alone = deepest(totals[NETWORKS.findIndex((n) => n.name === ALONE)]!);
    const [relu, tanh] = differences as [EvidenceRow, EvidenceRow];
    const said =
      PHIS.map((phi) => `${AFTER(phi)} ${percent(of(AFTER(phi)))} a layer, ${BEFORE(phi)} ${percent(of(BEFORE(phi)))}`).join("; ") +
      `; BatchNorm with no activation at all ${percent(of(ALONE))}, ${factor(alone.measured.value)} over ${deepest(depths)} layers`;
    const where = `the squared gradient grows: ${said}`;
    const tame = PHIS.map((phi) => below(of(AFTER(phi)), RATE) && above(of(BEFORE(phi)), RATE));
    if (tame.every(Boolean) && above(of(ALONE), RATE)) return { verdict: "SUPPORTED", evidence, sentence: `It is at initialisation: ${where}.` };
    const alike = relu.measured.low > -RATE && relu.measured.high < RATE;
    if (alike && above(of(AFTER("relu")), RATE) && above(of(BEFORE("relu")), RATE) && below(alone, HUNDRED)) {
      const differs = above(tanh, RATE)
        ? `with tanh the order matters (${percent(tanh)} a layer more without), but both grow`
        : "with tanh the two orders could not be told apart";
      const sentence = `At initialisation it is not: with ReLU the two orders grow alike but for ${percent(relu)} a layer, and with no activation nothing explodes; ${differs}. In figures, ${where}.`;
      return { verdict: "REFUTED", evidence, sentence };
    }
    if (tame.some(Boolean) && !tame.every(Boolean)) return { verdict: "CONDITIONAL", evidence, sentence: `It depends on the activation: ${where}.` };
    return { verdict: "UNDECIDED", evidence, sentence: `Neither a difference nor likeness of the orders is certain: ${where}.` };
  },
  sabotage: (size) => sweep(size, false),
};
