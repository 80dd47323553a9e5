import type { NetSpec } from "../nn/spec.js";
import { smoothness } from "../trial/measurements/smoothness.js";
import type { SmoothnessResult } from "../trial/measurements/smoothness.js";
import { mean } from "../math/statistics.js";
import { rankCorrelation } from "../math/rank-correlation.js";
import { decimals, exact } from "../util/format.js";
import type { Arm, ArmKind, Budget, Claim, EvidenceRow, Results, RuleContext } from "./claim.js";
import { arms, branchNet, controlArm, testArm } from "./shared/arms.js";
import { GROWTH, RATE, deepest, estimatedRow, evidenceRow, less } from "./shared/evidence-rows.js";
import type { Factors } from "./shared/factors.js";
import type { Spelling } from "./shared/label.js";
import { above, all, below, boundOf, every, isAbove, isBelow, named, otherwise, some, term, within } from "./shared/predicates.js";
import { logarithmOf, numberOf } from "./shared/quantity.js";
import type { NamedQuantity } from "./shared/quantity.js";
import { claim } from "./shared/rule.js";
import type { Rule } from "./shared/rule.js";

const SPELLING: Spelling = { layerNorm: "LN(x)", shortNumbers: true };

/** An architecture. `net` is made with its skips, or without for the sabotage. */
interface Architecture {
  readonly kind: ArmKind;
  readonly net: (skips: boolean) => NetSpec;
  /** Hessians are dear: the loss is measured on the branches with and without a skip, and on few others. */
  readonly onLoss: boolean;
}

const block = (factors: Factors, onLoss = false): Architecture => {
  const more = factors.norm === "layer" && factors.placement !== "post" ? { bias: false } : {};
  const kind = (factors.skip === true ? testArm : controlArm)(factors, SPELLING);
  return { kind, net: (skips) => branchNet({ ...factors, skip: factors.skip === true && skips }, more), onLoss };
};

/** Highway networks and concatenations have no twin without skips. */
const joined = (factors: Factors, onLoss = false): Architecture => {
  const { network, activation, gateBias, weightVariance = activation === "tanh" ? 1 : 2 } = factors;
  const joins = network === "highway" ? { arch: "highway", gateBias } : { arch: "joined-mlp", skips: 3, join: "concat" };
  return { kind: testArm(factors, SPELLING), net: () => ({ ...joins, activation, init: { scheme: "he", weightVariance } }), onLoss };
};

/** Branches W·φ(x) of which there is a network with a skip and one without. */
const VARIED: readonly Factors[] = [
  { weightVariance: 2 },
  { activation: "tanh", weightVariance: 1 },
  { activation: "tanh", weightVariance: 4 },
  { norm: "batch" },
  { norm: "batch", activation: "tanh" },
  { norm: "layer" },
];
const BRANCHES = VARIED.map((factors) => ({ without: block(factors, true), withSkip: block({ ...factors, skip: true }, true) }));

const ARCHITECTURES: readonly Architecture[] = [
  ...BRANCHES.flatMap((b) => [b.without, b.withSkip]),
  block({ weightVariance: 1 }),
  block({ weightVariance: 3 }),
  block({ activation: "tanh", weightVariance: 0.5 }),
  block({ activation: "tanh", weightVariance: 2 }),
  block({ skip: true, weightVariance: 0.5 }),
  block({ skip: true, weightVariance: 4 }),
  block({ skip: true, branchScale: "1/sqrt(L)" }, true),
  block({ skip: true, activation: "tanh", branchScale: "1/sqrt(L)", weightVariance: 4 }),
  block({ skip: true, branchScale: "1/L" }, true),
  block({ skip: true, norm: "batch", placement: "post" }),
  block({ skip: true, norm: "layer", placement: "post" }),
  joined({ network: "highway", activation: "relu", gateBias: -2 }, true),
  joined({ network: "highway", activation: "relu", gateBias: -1, weightVariance: 4 }),
  joined({ network: "highway", activation: "tanh", gateBias: -1 }),
  joined({ network: "dense", activation: "relu" }, true),
  joined({ network: "dense", activation: "tanh", weightVariance: 4 }),
];
const lossOf = ({ kind }: Architecture): ArmKind => ({ ...testArm({ ...kind.factors, measured: "loss" }, SPELLING), role: kind.role });

/** Smoothness is measured at one depth, on narrow networks: architectures are what the correlation is over. */
const depthOf = ({ name, depths }: Budget): number => Math.min(deepest(depths), { quick: 12, full: 40 }[name]);

function sweep(budget: Budget, skips: boolean): readonly Arm[] {
  const full = budget.name === "full";
  const at = { depths: [depthOf(budget)], width: full ? 64 : 48 };
  return ARCHITECTURES.flatMap((a) => {
    const net = a.net(skips);
    const onLoss = { net: { ...net, classes: 10 }, seeds: full ? 6 : 2, examples: 16, measure: { name: "smoothness", of: "loss" } };
    return [
      ...arms(budget, a.kind, { net, seeds: full ? 16 : 6, examples: 8, measure: { name: "smoothness", steps: 8 }, ...at }),
      ...(a.onLoss ? arms(budget, lossOf(a), { ...onLoss, ...at }) : []),
    ];
  });
}

type Statistic = (r: SmoothnessResult) => number;
const TURNING = "how fast the Jacobian turns, in shares of itself";
const ROUGH = logarithmOf(TURNING, `ln of ${TURNING}`);
const LESS = logarithmOf(`${TURNING}, without the skip over with it`, `${ROUGH.what}, without the skip less with it`);
const GROWTH_LESS = logarithmOf(`${GROWTH.of}, without the skip over with it`, `${GROWTH.what}, without the skip less with it`);
const CORRELATION = numberOf("rank correlation with the growth of the gradient over the architectures");

/** What the growth of the gradient is compared with, from the function to the loss. */
const OTHERS: readonly { readonly what: string; readonly of: Statistic; readonly loss: boolean }[] = [
  { what: "how fast the Jacobian turns, raw", of: (r) => r.function?.lnJacobianRaw ?? NaN, loss: false },
  { what: "trajectory length, in shares", of: (r) => r.function?.lnLength ?? NaN, loss: false },
  { what: "largest curvature of the loss", of: (r) => r.loss?.lnCurvature ?? NaN, loss: true },
  { what: "gradient of the loss, how fast it turns", of: (r) => r.loss?.lnLipschitz ?? NaN, loss: true },
];
const rough: Statistic = (r) => r.function?.lnJacobian ?? NaN;
const growth: Statistic = (r) => r.function?.lnGrowth ?? NaN;
/** Correlations within ±√½ leave half of the variance of ranks unexplained. The interval over 28 architectures is too wide to lie within ±½. */
const RELATED = boundOf("√½", Math.SQRT1_2);

/** What a skip does to one branch: without it less with it. */
interface Pair {
  readonly name: string;
  readonly rough: EvidenceRow;
  readonly growth: EvidenceRow;
}

function measure(results: Results, context: RuleContext) {
  const depth = depthOf(results.budget);
  const read = (arm: ArmKind, of: Statistic): readonly number[] => results.of(smoothness, arm.name, depth).map(of);
  const growths = new Map(ARCHITECTURES.map((a) => [a, mean(read(a.kind, growth))]));
  const roughs = ARCHITECTURES.map((a) => {
    const x = { axis: GROWTH.what, value: growths.get(a)! };
    return evidenceRow(read(a.kind, rough), context, { quantity: ROUGH, arm: a.kind, depth, x });
  });
  const pairs = BRANCHES.map(({ without: { kind }, withSkip }): Pair => {
    const row = (quantity: NamedQuantity, of: Statistic): EvidenceRow =>
      evidenceRow(less(read(kind, of), read(withSkip.kind, of)), context, { quantity, arm: kind, role: "contrast", depth });
    return { name: kind.name, rough: row(LESS, rough), growth: row(GROWTH_LESS, growth) };
  });
  const correlation = (arm: string, which: readonly Architecture[], valueOf: (a: Architecture) => number): EvidenceRow => {
    const measured = rankCorrelation(which.map(valueOf), which.map((a) => growths.get(a)!), context); // prettier-ignore
    return estimatedRow(measured, { quantity: CORRELATION, arm, depth });
  };
  const related = correlation(TURNING, ARCHITECTURES, (a) => mean(read(a.kind, rough)));
  const others = OTHERS.map(({ what, of, loss }) => {
    const which = ARCHITECTURES.filter((a) => !loss || a.onLoss);
    return correlation(what, which, (a) => mean(read(loss ? lossOf(a) : a.kind, of)));
  });
  const [raw, , curvature] = others as [EvidenceRow, EvidenceRow, EvidenceRow];
  return { pairs, related, raw, curvature, evidence: [...roughs, ...pairs.map((p) => p.rough), ...pairs.map((p) => p.growth), related, ...others] };
}

type Facts = ReturnType<typeof measure>;

const TURNS = named<Pair>("the factor by which the Jacobian turns faster without the skip", (p) => p.rough);
const MORE = exact(Math.exp(RATE));
const [FASTER, SLOWER] = [boundOf(MORE, RATE), boundOf(`1/${MORE}`, -RATE)];
const smootherWith = term("the function is smoother with the skip", "the function is not shown to be smoother with the skip", above(TURNS, FASTER));
const rougherWith = term("the function is rougher with the skip", "the function is not shown to be rougher with the skip", below(TURNS, SLOWER));
const noRougher = term("the function is no rougher with the skip", "the function may be rougher with the skip", above(TURNS, SLOWER));
const pairs = (f: Facts): readonly Pair[] => f.pairs;
const RELATION = named<Facts>("the rank correlation of roughness with the growth of the gradient", (f) => f.related);

function said({ pairs: list, related, raw, curvature }: Facts): string {
  const found = (which: (p: Pair) => boolean): string => list.filter(which).map((p) => p.name).join("; ") || "none"; // prettier-ignore
  const two = (x: number): string => decimals(x, 2);
  const number = ({ measured: m }: EvidenceRow): string => `${two(m.value)} (${two(m.low)} to ${two(m.high)})`;
  return (
    `the function is smoother with a skip for ${found(smootherWith.holds)}, and rougher for ${found(rougherWith.holds)}. Where it is smoother, the gradient grows more with the skip for ` +
    `${found((p) => smootherWith.holds(p) && isBelow(p.growth, 0))}, and less for ${found((p) => smootherWith.holds(p) && isAbove(p.growth, 0))}. Over ${ARCHITECTURES.length} architectures, the growth of the gradient and ` +
    `roughness have the rank correlation ${number(related)}, raw ${number(raw)}; growth and curvature of the loss have ${number(curvature)}.`
  );
}

const RULE: Rule<Facts> = [
  {
    verdict: "REFUTED",
    when: all(above(RELATION, RELATED), every("with", "branch", pairs, noRougher)),
    say: (f) => `Roughness and growth go together: ${said(f)}`,
  },
  { verdict: "REFUTED", when: every("with", "branch", pairs, rougherWith), say: (f) => `The function is rougher with every branch: ${said(f)}` },
  {
    verdict: "SUPPORTED",
    when: all(every("with", "branch", pairs, smootherWith), within(RELATION, RELATED)),
    say: (f) => `Skips make the function smoother, and this is unrelated to growth: ${said(f)}`,
  },
  {
    verdict: "CONDITIONAL",
    when: all(some("with", "branch", pairs, smootherWith), some("with", "branch", pairs, rougherWith)),
    say: (f) => `It depends on the branch whether a skip makes the function smoother: ${said(f)}`,
  },
  { verdict: "UNDECIDED", when: otherwise, say: (f) => `Too few architectures tell: ${said(f)}` },
];

/** "Skips only make the function smoother; this has nothing to do with explosion": two statements, measured apart. */
export const smoother: Claim = claim({
  id: "smoother",
  sentence: "Skips only make the function smoother, less convoluted; this has nothing to do with explosion.",
  from: "a reply of the thread",
  experiment:
    `Smoothness of ${ARCHITECTURES.length} architectures at one depth (12; full: 40): (‖ΔJ‖/‖J‖)/(‖Δx‖/‖x‖) and trajectory length on arcs between data, and at nearly equal loss (logits of unit size) the ` +
    "largest curvature of the loss and how fast its gradient turns; each against the growth of the gradient. Six branches with and without a skip.",
  assumptions: [
    "at initialisation, Gaussian data, fully connected",
    "the architectures stand for those that are in use: the interval of a correlation is over them",
    "the bound on the correlation, √½, and what is said when branches disagree, were settled after first runs",
    "paths of eight steps; a ReLU network's Jacobian jumps, and how fast it turns depends on the step",
  ],
  source: "own experiment; Spearman's ρ with the interval of Bonett & Wright 2000; circular paths as in Poole et al. 2016",
  missing: "trained networks at equal loss",
  picture: LESS.what,
  trials: (budget) => sweep(budget, true),
  measure,
  rule: RULE,
  sabotage: (budget) => sweep(budget, false),
});
