import { activation } from "../theory/activation.js";
import { decimals, factor } from "../util/format.js";
import type { Arm, ArmKind, Budget, Claim, EvidenceRow, Results, RuleContext } from "./claim.js";
import { arms, controlArm, testArm } from "./shared/arms.js";
import { RATE, batchGrowthOf, deepest, growthOf, growthRow, less, rate, readings, slopeRow, total } from "./shared/evidence-rows.js";
import type { Reading } from "./shared/evidence-rows.js";
import { FIVE_PERCENT, HUNDREDFOLD, above, all, below, every, isAbove, not, on, otherwise, some, term, within } from "./shared/predicates.js"; // prettier-ignore
import { claim } from "./shared/rule.js";
import type { Rule } from "./shared/rule.js";

type Phi = "relu" | "tanh";
const PHIS: readonly Phi[] = ["relu", "tanh"];

/** What stands behind the weights of every layer. */
const AFTER = (phi: Phi): ArmKind => testArm({ network: "layers", norm: "batch", order: "norm-act", activation: phi });
const BEFORE = (phi: Phi): ArmKind => testArm({ network: "layers", norm: "batch", order: "act-norm", activation: phi });
const NONE = (phi: Phi): ArmKind => controlArm({ network: "layers", norm: "none", activation: phi });
const ALONE = testArm({ network: "layers", norm: "batch", order: "norm-act", activation: "identity" });
const KINDS: readonly ArmKind[] = [...PHIS.flatMap((phi) => [AFTER(phi), BEFORE(phi), NONE(phi)]), ALONE];
const isNormed = ({ factors }: ArmKind): boolean => factors.norm === "batch";

/** Statistics over many examples: with few, the orders differ by what a small batch does to each. */
const BATCH = 128;
/** The fewest seeds of the protocol at every depth: rates are slopes over depths, and seeds of shallow ones do not narrow them. */
const SEEDS = 20;

const sweep = (budget: Budget, norms: boolean): readonly Arm[] =>
  KINDS.flatMap((kind) => {
    const { activation: phi, order } = kind.factors;
    const seeds = budget.name === "full" ? budget.seeds : Math.min(SEEDS, budget.seeds);
    if (!isNormed(kind)) return arms(budget, kind, { net: { arch: "mlp", activation: phi }, seeds });
    const net = { arch: "mlp", activation: phi, norm: norms ? "batch" : "none", layer: `weight-${order}`, bias: false };
    return arms(budget, kind, { net, seeds, examples: BATCH, dtype: "float32" });
  });

const readingOf = (kind: ArmKind): Reading => (isNormed(kind) ? batchGrowthOf : growthOf);

/** The rates of both orders with one activation, and their difference. */
interface Orders {
  readonly phi: Phi;
  readonly after: EvidenceRow;
  readonly before: EvidenceRow;
  readonly difference: EvidenceRow;
}

function measure(results: Results, context: RuleContext) {
  const { depths, width } = results.budget;
  const { laws } = context;
  const networks = KINDS.map((kind) => {
    const { activation: name = "relu", order } = kind.factors;
    const phi = activation(name);
    const totals = depths.map((depth) => {
      const law = isNormed(kind)
        ? laws.batchNorm({ phi, order: order === "act-norm" ? "act-norm" : "norm-act", depth, batch: BATCH, width })
        : laws.plain({ phi, sigmaW2: 2, depth, width });
      return growthRow(results, context, { arm: kind, depth, reading: readingOf(kind), law: total(law, depth) });
    });
    return { kind, totals, rate: rate(results, context, kind, readingOf(kind)) };
  });
  const rateOf = (kind: ArmKind): EvidenceRow => networks.find((n) => n.kind.name === kind.name)!.rate;
  const orders = PHIS.map((phi): Orders => {
    const columns = depths.map((depth) =>
      less(readings(results, BEFORE(phi), depth, batchGrowthOf), readings(results, AFTER(phi), depth, batchGrowthOf)),
    );
    const about = { what: "growth per block, φ→BN more than BN→φ", arm: testArm({ network: "layers", activation: phi }), role: "contrast", depth: null } as const; // prettier-ignore
    return { phi, after: rateOf(AFTER(phi)), before: rateOf(BEFORE(phi)), difference: slopeRow(depths, columns, context, about) };
  });
  const [relu, tanh] = orders as [Orders, Orders];
  const evidence = [...networks.flatMap((n) => n.totals), ...networks.map((n) => n.rate), ...orders.map((o) => o.difference)];
  return { orders, relu, tanh, alone: { rate: rateOf(ALONE), end: deepest(deepest(networks).totals) }, depth: deepest(depths), evidence };
}

type Facts = ReturnType<typeof measure>;

const percentOf = (row: EvidenceRow): string => `${decimals(100 * Math.expm1(row.measured.value), 1)} %`;

function where({ orders, alone, depth }: Facts): string {
  const each = orders.map((o) => `${AFTER(o.phi).name} ${percentOf(o.after)} a layer, ${BEFORE(o.phi).name} ${percentOf(o.before)}`).join("; ");
  return `the squared gradient grows: ${each}; BatchNorm with no activation at all ${percentOf(alone.rate)}, ${factor(alone.end.measured.value)} over ${depth} layers`;
}

const GROWTH_AFTER = "the growth with φ behind BatchNorm";
const GROWTH_BEFORE = "the growth with φ before it";
const crucial = term(
  "an activation behind BatchNorm is crucial",
  "an activation behind BatchNorm is not shown to be crucial",
  all<Orders>(
    below(GROWTH_AFTER, (o) => o.after, FIVE_PERCENT),
    above(GROWTH_BEFORE, (o) => o.before, FIVE_PERCENT),
  ),
);
const orders = (f: Facts): readonly Orders[] => f.orders;

const RULE: Rule<Facts> = [
  {
    verdict: "SUPPORTED",
    when: all<Facts>(
      every("with", "φ", orders, crucial),
      above("with BatchNorm and no activation the growth", (f) => f.alone.rate, FIVE_PERCENT),
    ),
    say: (f) => `It is at initialisation: ${where(f)}.`,
  },
  {
    verdict: "REFUTED",
    when: all<Facts>(
      on(
        "with ReLU",
        (f) => f.relu,
        all<Orders>(
          within("the difference of both orders", (o) => o.difference, FIVE_PERCENT),
          above(GROWTH_AFTER, (o) => o.after, FIVE_PERCENT),
          above(GROWTH_BEFORE, (o) => o.before, FIVE_PERCENT),
        ),
      ),
      below("with BatchNorm and no activation the growth over the greatest depth", (f) => f.alone.end, HUNDREDFOLD),
    ),
    say: (f) => {
      const { difference } = f.tanh;
      const differs = isAbove(difference, RATE)
        ? `with tanh the order matters (${percentOf(difference)} a layer more without), but both grow`
        : "with tanh the two orders could not be told apart";
      return `At initialisation it is not: with ReLU the two orders grow alike but for ${percentOf(f.relu.difference)} a layer, and with no activation nothing explodes; ${differs}. In figures, ${where(f)}.`;
    },
  },
  {
    verdict: "CONDITIONAL",
    when: all(some("with", "φ", orders, crucial), not(every("with", "φ", orders, crucial))),
    say: (f) => `It depends on the activation: ${where(f)}.`,
  },
  { verdict: "UNDECIDED", when: otherwise, say: (f) => `Neither a difference nor likeness of the orders is certain: ${where(f)}.` },
];

/** "An activation after BatchNorm is crucial, else the loss blows up": the order of the two, and BatchNorm alone, by the gradient's growth at initialisation. */
export const activationAfterBn: Claim = claim({
  id: "activation-after-bn",
  sentence: "An activation after BatchNorm is crucial, else the loss blows up.",
  from: "a reply of the thread",
  experiment: "Plain networks with {BN→φ, φ→BN, BN only, no BN} × {ReLU, tanh}, batches of 128: growth of the gradient at initialisation.",
  assumptions: [
    "at initialisation, training-mode statistics over 128 examples",
    "fully connected, He weights",
    "growth of the squared gradient stands for the loss that blows up",
    "the 5 % a layer within which the orders count as alike was chosen after first runs: the protocol's 2 % of the rate is less than what a finite width does",
  ],
  source: "Yang et al. 2019",
  missing: "divergence of the loss over learning rates, which needs training",
  trials: (budget) => sweep(budget, true),
  measure,
  rule: RULE,
  sabotage: (budget) => sweep(budget, false),
});
