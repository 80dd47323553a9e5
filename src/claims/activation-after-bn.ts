import { activation } from "../theory/activation.js";
import { capitalised, decimals, factor } from "../util/format.js";
import type { Arm, ArmKind, Budget, Claim, EvidenceRow, Results, RuleContext } from "./claim.js";
import { arms, controlArm, testArm } from "./shared/arms.js";
import { RATE, batchGrowthOf, deepest, growthOf, growthRow, less, rate, statistics, slopeRow, total } from "./shared/evidence-rows.js";
import type { Statistic } from "./shared/evidence-rows.js";
import { EXPLOSION, FIVE_PERCENT, above, all, below, every, isAbove, named, not, on, otherwise, some, term, within } from "./shared/predicates.js"; // prettier-ignore
import { logarithmOf } from "./shared/quantity.js";
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

const statisticOf = (kind: ArmKind): Statistic => (isNormed(kind) ? batchGrowthOf : growthOf);

const DIFFERENCE = logarithmOf("growth of the squared gradient per block, φ→BN over BN→φ", "growth per block, φ→BN more than BN→φ");

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
      return growthRow(results, context, { arm: kind, depth, statistic: statisticOf(kind), law: total(law, depth) });
    });
    return { kind, totals, rate: rate(results, context, kind, statisticOf(kind)) };
  });
  const rateOf = (kind: ArmKind): EvidenceRow => networks.find((n) => n.kind.name === kind.name)!.rate;
  const orders = PHIS.map((phi): Orders => {
    const columns = depths.map((depth) =>
      less(statistics(results, BEFORE(phi), depth, batchGrowthOf), statistics(results, AFTER(phi), depth, batchGrowthOf)),
    );
    const about = { quantity: DIFFERENCE, arm: testArm({ network: "layers", activation: phi }), role: "contrast", depth: null } as const;
    return { phi, after: rateOf(AFTER(phi)), before: rateOf(BEFORE(phi)), difference: slopeRow(depths, columns, context, about) };
  });
  const [relu, tanh] = orders as [Orders, Orders];
  const evidence = [...networks.flatMap((n) => n.totals), ...networks.map((n) => n.rate), ...orders.map((o) => o.difference)];
  return { orders, relu, tanh, alone: { rate: rateOf(ALONE), end: deepest(deepest(networks).totals) }, depth: deepest(depths), evidence };
}

type Facts = ReturnType<typeof measure>;

const percentOf = (row: EvidenceRow): string => `${decimals(100 * Math.expm1(row.measured.value), 1)} %`;

function where({ orders, alone, depth }: Facts): string {
  const each = orders
    .map((o) => `by ${percentOf(o.after)} in ${AFTER(o.phi).name} and by ${percentOf(o.before)} in ${BEFORE(o.phi).name}`)
    .join("; ");
  return `per layer the squared gradient grows ${each}; with BatchNorm and no activation it grows by ${percentOf(alone.rate)}, which is ${factor(alone.end.measured.value)} over ${depth} layers`;
}

const GROWTH_AFTER = named<Orders>("the growth with φ behind BatchNorm", (o) => o.after);
const GROWTH_BEFORE = named<Orders>("the growth with φ before BatchNorm", (o) => o.before);
const LIKE_EACH_OTHER = named<Orders>("the difference between the growths of both orders", (o) => o.difference);
const ALONE_RATE = named<Facts>("the growth with BatchNorm and no activation", (f) => f.alone.rate);
const ALONE_END = named<Facts>("the growth over the greatest depth with BatchNorm and no activation", (f) => f.alone.end);
const crucial = term(
  "an activation behind BatchNorm is crucial",
  "an activation behind BatchNorm is not shown to be crucial",
  all(below(GROWTH_AFTER, FIVE_PERCENT), above(GROWTH_BEFORE, FIVE_PERCENT)),
);
const orders = (f: Facts): readonly Orders[] => f.orders;

const RULE: Rule<Facts> = [
  {
    verdict: "SUPPORTED",
    when: all(every("with", "activation φ", orders, crucial), above(ALONE_RATE, FIVE_PERCENT)),
    say: (f) => `At initialisation it is crucial: ${where(f)}.`,
  },
  {
    verdict: "REFUTED",
    when: all<Facts>(
      on("with ReLU", (f) => f.relu, within(LIKE_EACH_OTHER, FIVE_PERCENT)),
      on("with ReLU", (f) => f.relu, all(above(GROWTH_AFTER, FIVE_PERCENT), above(GROWTH_BEFORE, FIVE_PERCENT))),
      below(ALONE_END, EXPLOSION),
    ),
    say: (f) => {
      const { difference } = f.tanh;
      const differs = isAbove(difference, RATE)
        ? `with tanh the order matters (with tanh before BatchNorm the growth is ${percentOf(difference)} a layer larger), but both grow`
        : "with tanh the two orders could not be told apart";
      return `At initialisation it is not crucial: with ReLU the two orders differ by ${percentOf(f.relu.difference)} a layer only, and with no activation nothing explodes; ${differs}. ${capitalised(where(f))}.`;
    },
  },
  {
    verdict: "CONDITIONAL",
    when: all(some("with", "activation φ", orders, crucial), not(every("with", "activation φ", orders, crucial))),
    say: (f) => `It depends on the activation: ${where(f)}.`,
  },
  { verdict: "UNDECIDED", when: otherwise, say: (f) => `It is not certain whether the orders differ: ${where(f)}.` },
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
