import type { NetSpec } from "../nn/spec.js";
import { smoothness } from "../trial/measurements/smoothness.js";
import type { SmoothnessResult } from "../trial/measurements/smoothness.js";
import { mean } from "../math/statistics.js";
import { rankCorrelation } from "../math/rank-correlation.js";
import type { Arm, Claim, EvidenceRow, RuleContext, Budget } from "./claim.js";
import { branchNet } from "./shared/old-arms.js";
import { above, below, deepest, evidenceRow } from "./shared/old-rows.js";

const NORMED = { branch: "norm-act-weight", bias: false };

/** Branches W·φ(x) of which there is a network with a skip and one without. */
const BRANCHES = [
  { name: "W·ReLU(x), σ_w² = 2", variance: 2, more: {} },
  { name: "W·tanh(x), σ_w² = 1", variance: 1, more: { activation: "tanh" } },
  { name: "W·tanh(x), σ_w² = 4", variance: 4, more: { activation: "tanh" } },
  { name: "W·ReLU(BN(x))", variance: 2, more: { ...NORMED, norm: "batch" } },
  { name: "W·tanh(BN(x))", variance: 2, more: { ...NORMED, norm: "batch", activation: "tanh" } },
  { name: "W·ReLU(LN(x))", variance: 2, more: { ...NORMED, norm: "layer" } },
] as const;
const skipped = (name: string): string => `x + ${name}`;

const highway = (variance: number, gateBias: number, activation: string): NetSpec => ({ arch: "highway", gateBias, activation, init: { scheme: "he", weightVariance: variance } }); // prettier-ignore
const dense = (variance: number, activation: string): NetSpec => ({ arch: "joined-mlp", skips: 3, join: "concat", activation, init: { scheme: "he", weightVariance: variance } }); // prettier-ignore

/** Every architecture by name; those without a skip are the controls. */
const networks = (skips: boolean): readonly { readonly name: string; readonly role: Arm["role"]; readonly net: NetSpec }[] => {
  const control = (name: string, net: NetSpec) => ({ name, role: "control", net }) as const;
  const test = (name: string, net: NetSpec) => ({ name, role: "test", net }) as const;
  return [
    ...BRANCHES.flatMap((b) => [control(b.name, branchNet(false, b.variance, b.more)), test(skipped(b.name), branchNet(skips, b.variance, b.more))]),
    control("W·ReLU(x), σ_w² = 1", branchNet(false, 1)),
    control("W·ReLU(x), σ_w² = 3", branchNet(false, 3)),
    control("W·tanh(x), σ_w² = .5", branchNet(false, 0.5, { activation: "tanh" })),
    control("W·tanh(x), σ_w² = 2", branchNet(false, 2, { activation: "tanh" })),
    test("x + W·ReLU(x), σ_w² = .5", branchNet(skips, 0.5)),
    test("x + W·ReLU(x), σ_w² = 4", branchNet(skips, 4)),
    test("x + W·ReLU(x)/√L", branchNet(skips, 2, { branchScale: "1/sqrt(L)" })),
    test("x + W·tanh(x)/√L, σ_w² = 4", branchNet(skips, 4, { activation: "tanh", branchScale: "1/sqrt(L)" })),
    test("x + W·ReLU(x)/L", branchNet(skips, 2, { branchScale: "1/L" })),
    test("BN(x + W·ReLU(x))", branchNet(skips, 2, { norm: "batch", after: "norm" })),
    test("LN(x + W·ReLU(x))", branchNet(skips, 2, { norm: "layer", after: "norm" })),
    test("Highway, ReLU, b = −2", highway(2, -2, "relu")),
    test("Highway, ReLU, b = −1, σ_w² = 4", highway(4, -1, "relu")),
    test("Highway, tanh, b = −1", highway(1, -1, "tanh")),
    test("dense, ReLU", dense(2, "relu")),
    test("dense, tanh, σ_w² = 4", dense(4, "tanh")),
  ];
};

/** Smoothness is measured at one depth, on narrow networks: architectures are what the correlation is over. */
const DEPTHS = { quick: 12, full: 40 } as const;
const depthOf = ({ name, depths }: Budget): number => Math.min(deepest(depths), DEPTHS[name]);
const onLoss = (name: string): string => `${name}, loss`;
/** Hessians are dear: the loss is measured on the branches with and without a skip, and on these. */
const ALSO_LOSS = ["x + W·ReLU(x)/√L", "x + W·ReLU(x)/L", "Highway, ReLU, b = −2", "dense, ReLU"];
const hasLoss = (name: string): boolean => BRANCHES.some((b) => name === b.name || name === skipped(b.name)) || ALSO_LOSS.includes(name);

function sweep(size: Budget, skips: boolean): readonly Arm[] {
  const depth = depthOf(size);
  const full = size.name === "full";
  const arm = (name: string, role: Arm["role"], net: NetSpec, seeds: number, examples: number, measure: Arm["trials"][0]["measure"]): Arm => ({
    name,
    role,
    depth,
    trials: Array.from({ length: seeds }, (_, seed) => ({ net: { ...net, depth, width: full ? 64 : 48 }, batch: { examples }, measure, seed, dtype: "float64" })), // prettier-ignore
  });
  return networks(skips).flatMap(({ name, role, net }) => [
    arm(name, role, { ...net, classes: null }, full ? 16 : 6, 8, { name: "smoothness", steps: 8 }),
    ...(hasLoss(name) ? [arm(onLoss(name), role, { ...net, classes: 10 }, full ? 6 : 2, 16, { name: "smoothness", of: "loss" })] : []),
  ]);
}

type Reading = (r: SmoothnessResult) => number;
const ROUGH = "ln of how fast the Jacobian turns, in shares of itself";
const GROWTH = "ln of the squared gradient, input over output";
const LESS = `${ROUGH}, without the skip less with it`;
const NAME = "rank correlation with the growth of the gradient over the architectures";

/** What the growth of the gradient is held against, from the function to the loss. */
const OTHERS: readonly { readonly what: string; readonly of: Reading; readonly loss: boolean }[] = [
  { what: "how fast the Jacobian turns, raw", of: (r) => r.function?.lnJacobianRaw ?? NaN, loss: false },
  { what: "trajectory length, in shares", of: (r) => r.function?.lnLength ?? NaN, loss: false },
  { what: "largest curvature of the loss", of: (r) => r.loss?.lnCurvature ?? NaN, loss: true },
  { what: "gradient of the loss, how fast it turns", of: (r) => r.loss?.lnLipschitz ?? NaN, loss: true },
];
const rough: Reading = (r) => r.function?.lnJacobian ?? NaN;
const growth: Reading = (r) => r.function?.lnGrowth ?? NaN;

/** A difference of 5 % counts. */
const DELTA = Math.log(1.05);
/** Correlations within ±√½ leave half of the variance of ranks unexplained. The interval over 28 architectures is too wide to lie within ±½. */
const RELATED = Math.SQRT1_2;

/** "Skips only make the function smoother; this has nothing to do with explosion": two statements, measured apart. */
export const smoother: Claim = {
  id: "smoother",
  sentence: "Skips only make the function smoother, less convoluted; this has nothing to do with explosion.",
  from: "a reply of the thread",
  experiment:
    `Smoothness of ${networks(true).length} architectures at one depth (12; full: 40): (‖ΔJ‖/‖J‖)/(‖Δx‖/‖x‖) and trajectory length on arcs between data, and at nearly equal loss (logits of unit size) the ` +
    "largest curvature of the loss and how fast its gradient turns; each against the growth of the gradient. Six branches with and without a skip.",
  rule:
    "Smoother: the Jacobian turns more slowly by 5 % with the skip; related: the interval of the rank correlation of its turning with ln growth, over the architectures, lies above √½; unrelated: within ±√½. " +
    "REFUTED: rougher with every branch, or related and rougher with none. SUPPORTED: smoother with every branch, and unrelated. CONDITIONAL: smoother with some branches and rougher with others, " +
    "whatever the correlation, which is told. No law is held against it.",
  assumptions: [
    "at initialisation, Gaussian data, fully connected",
    "the architectures stand for those that are in use: the interval of a correlation is over them",
    "the bound on the correlation, and what is said when branches disagree, were settled after first runs",
    "paths of eight steps; a ReLU network's Jacobian jumps, and how fast it turns depends on the step",
  ],
  source: "own experiment; Spearman's ρ with the interval of Bonett & Wright 2000; circular paths as in Poole et al. 2016",
  missing: "trained networks at equal loss",
  picture: LESS,
  trials: (size) => sweep(size, true),
  judge(results, context) {
    const depth = depthOf(results.budget);
    const about = networks(true);
    const read = (name: string, of: Reading): readonly number[] => results.of(smoothness, name, depth).map(of);
    const growths = about.map((n) => mean(read(n.name, growth)));
    const roughs = about.map(({ name, role }, i): EvidenceRow =>
      evidenceRow(read(name, rough), context, { what: ROUGH, arm: name, role, depth, x: { axis: GROWTH, value: growths[i]! } }),
    );
    const pairs = BRANCHES.map(({ name }) => {
      const [without, withIt] = [read(name, rough), read(skipped(name), rough)];
      return evidenceRow(
        without.map((v, s) => v - withIt[s]!),
        context,
        { what: LESS, arm: name, role: "contrast", depth },
      );
    });
    const grown = BRANCHES.map(({ name }) => {
      const [without, withIt] = [read(name, growth), read(skipped(name), growth)];
      return evidenceRow(
        without.map((v, s) => v - withIt[s]!),
        context,
        { what: `${GROWTH}, without the skip less with it`, arm: name, role: "contrast", depth },
      );
    });
    const related = correlation(context, depth, "how fast the Jacobian turns, in shares of itself", roughs.map((f) => f.measured.value), growths); // prettier-ignore
    const others = OTHERS.map((o) => {
      const which = about.filter((n) => !o.loss || hasLoss(n.name));
      const values = which.map((n) => mean(read(o.loss ? onLoss(n.name) : n.name, o.of)));
      return correlation(
        context,
        depth,
        o.what,
        values,
        which.map((n) => growths[about.indexOf(n)]!),
      );
    });
    const evidence = [...roughs, ...pairs, ...grown, related, ...others];
    const smootherWith = pairs.map((f) => above(f, DELTA));
    const rougherWith = pairs.map((f) => below(f, -DELTA));
    const named = (which: readonly boolean[]): string => BRANCHES.filter((_, i) => which[i]).map((b) => b.name).join("; ") || "none"; // prettier-ignore
    const number = (f: EvidenceRow): string => `${f.measured.value.toFixed(2)} [${f.measured.low.toFixed(2)}, ${f.measured.high.toFixed(2)}]`.replace(/-/g, "−"); // prettier-ignore
    const said =
      `smoother with a skip: ${named(smootherWith)}; rougher: ${named(rougherWith)}. Where it is smoother the gradient grows more with the skip for ` +
      `${named(smootherWith.map((s, i) => s && below(grown[i]!, 0)))}, less for ${named(smootherWith.map((s, i) => s && above(grown[i]!, 0)))}. Over ${about.length} architectures growth of the gradient and roughness have the rank correlation ` +
      `${number(related)}, raw ${number(others[0]!)}; growth and curvature of the loss ${number(others[2]!)}.`;
    const nowhereRougher = pairs.every((f) => above(f, -DELTA));
    if (above(related, RELATED) && nowhereRougher) return { verdict: "REFUTED", evidence, sentence: `Roughness and growth go together: ${said}` };
    if (rougherWith.every(Boolean)) return { verdict: "REFUTED", evidence, sentence: `Rougher with every branch: ${said}` };
    const apart = above(related, -RELATED) && below(related, RELATED);
    if (smootherWith.every(Boolean) && apart) return { verdict: "SUPPORTED", evidence, sentence: `Smoother, and unrelated to growth: ${said}` };
    if (smootherWith.some(Boolean) && rougherWith.some(Boolean))
      return { verdict: "CONDITIONAL", evidence, sentence: `Whether a skip makes the function smoother depends on the branch: ${said}` };
    return { verdict: "UNDECIDED", evidence, sentence: `Too few architectures tell: ${said}` };
  },
  sabotage: (size) => sweep(size, false),
};

/** A rank correlation with the growth, as a figure. */
const correlation = (
  { comparisons }: RuleContext,
  depth: number,
  what: string,
  values: readonly number[],
  growths: readonly number[],
): EvidenceRow => ({
  what: NAME,
  arm: what,
  role: "contrast",
  depth,
  measured: rankCorrelation(values, growths, { comparisons }),
  law: null,
});
