import type { NetSpec } from "../nn/spec.js";
import { layerUpdates } from "../trial/measurements/layer-updates.js";
import type { LayerUpdatesResult, ProductChange } from "../trial/measurements/layer-updates.js";
import type { Arm, Claim, EvidenceRow, Results, RuleContext, Budget } from "./claim.js";
import { above, below, factor, evidenceRow } from "./shared/old-rows.js";

/** The layers of the sentence, and a chain whose other layer is the larger one. */
const SMALL = 0.001;
const LARGE = 0.9;
const GAINS = [SMALL, LARGE, 0.002];
const CONTROL_GAINS = [2, LARGE, 0.002];
/** Takes the .9 to 1.1, past 1. */
const STEP = 0.2;
const DEPTH = GAINS.length;
const EXAMPLES = 16;

interface Chain {
  readonly name: string;
  readonly net: NetSpec;
}

const chain = (name: string, width: number, more: Readonly<Record<string, unknown>>): Chain => ({
  name,
  net: { arch: "mlp", depth: DEPTH, width, classes: null, bias: false, ...more },
});

const CHAINS: readonly Chain[] = [
  chain("three scalars", 1, { activation: "identity", init: "identity" }),
  chain("orthogonal matrices", 32, { activation: "identity", init: "orthogonal" }),
  chain("Gaussian matrices", 32, { activation: "identity", init: "lecun" }),
  chain("ReLU network, He", 32, { activation: "relu", init: "he" }),
];

const controlOf = (c: Chain): string => `${c.name}, 2 in place of .001`;

const arm = (size: Budget, { net }: Chain, name: string, role: Arm["role"], gains: readonly number[]): Arm => ({
  name,
  role,
  depth: DEPTH,
  trials: Array.from({ length: size.seeds }, (_, seed) => ({
    net,
    batch: { examples: EXAMPLES },
    measure: { name: "layer-updates", gains, layer: 1, partner: 0, step: STEP },
    seed,
    dtype: "float64" as const,
  })),
});

const sweep = (size: Budget, gains: readonly number[]): readonly Arm[] =>
  CHAINS.flatMap((c) => [arm(size, c, c.name, "test", gains), arm(size, c, controlOf(c), "control", CONTROL_GAINS)]);

const AFTER = "ln of the product of gradients, after the update over before";

/** δ on a change of the product, as ln: chains of scalars and orthogonal matrices know no chance, and rounding alone would part what is equal. */
const LEAST = 0.01;
/** δ of laws: of equal relative updates and elasticities, which hold exactly; of the ratio of slopes, which varies from network to network by .16. */
const EXACT = 0.1;
const RATIO = 0.25;

/** The gradient at the input over that at the output: the product that explodes or vanishes backwards. */
const backward = (c: ProductChange): number => c.lnBackward;

function pointsOf(
  results: Results,
  context: RuleContext,
  arm: string,
  role: EvidenceRow["role"],
): Readonly<Record<"alone" | "shared" | "more" | "elastic" | "ratio" | "relative", EvidenceRow>> {
  const all = results.of(layerUpdates, arm, DEPTH);
  const point = (what: string, read: (r: LayerUpdatesResult) => number, value?: number, margin = EXACT): EvidenceRow =>
    evidenceRow(all.map(read), context, {
      what,
      arm,
      role,
      depth: DEPTH,
      law: value === undefined ? undefined : { value, margin, source: "the product rule: d(product)/dw = product/w" },
    });
  const [small, large] = [all[0]!.layers[0]!.gain, all[0]!.layers[1]!.gain];
  return {
    alone: point(`${AFTER}: all of .2 to the .9`, (r) => backward(r.alone)),
    shared: point(`${AFTER}: .1 to the .9, .1 to the first`, (r) => backward(r.shared)),
    more: { ...point(`${AFTER}: shared more than alone`, (r) => backward(r.shared) - backward(r.alone)), role: "contrast" },
    relative: point(`${AFTER}: first × 11/9 more than .9 × 11/9`, (r) => backward(r.relativeOther) - backward(r.relative), 0),
    elastic: point("change of ln product for one of ln w, first layer, by the gradient graph", (r) => r.layers[0]!.elasticity, 1),
    ratio: point(
      "ln of d(product)/dw of the first layer over that of the .9, by the gradient graph",
      (r) => Math.log(r.layers[0]!.slope / r.layers[1]!.slope),
      Math.log(large / small),
      RATIO,
    ),
  };
}

/** "…update the .9 past 1 and it explodes; share the update with the .001 and the product grows less": updates of one layer, and shared ones. */
export const oneLargeLayer: Claim = {
  id: "one-large-layer",
  sentence: "With layers .001, .9 and .002, update the .9 past 1 and it explodes; share the update with the .001 and the product grows less.",
  from: "a reply of the thread",
  experiment:
    "Chains of three layers of gains .001, .9, .002: scalars, orthogonal and Gaussian matrices, a ReLU network. An update of .2 is added to the singular values of the .9, or shared with the first layer " +
    "by halves; equal relative updates; the derivative of the product by each layer, from the gradient graph. Control: 2 in place of .001.",
  rule:
    "The product is that of the gradients, ‖Jᵀu‖/‖u‖. SUPPORTED: in every chain the product grows less when the update is shared than when the .9 takes all. REFUTED: in every chain it grows more when shared, equal " +
    `relative updates do alike, and derivatives are as product/w (ln of their ratio is ln 900, give or take ${RATIO}). CONDITIONAL: it grows less in some chains, more in others. ` +
    "More and less: by 1 % at least.",
  assumptions: [
    "every singular value of a layer is updated alike",
    "the product rule decides it for scalars; measured is that networks of such layers, with the gradient as backpropagation gives it, obey it",
    "the 1 % that counts as more or less, and the .25 within which ln of the ratio is ln 900, were chosen after first runs: in the ReLU network it varies by .16",
    "an update is judged by what it adds: gradients themselves would give the .001 a step 900 times as large",
  ],
  source: "the product rule; own experiment",
  picture: `${AFTER}: shared more than alone`,
  trials: (size) => sweep(size, GAINS),
  judge(results, context) {
    const parts = CHAINS.map((c) => ({
      c,
      ...pointsOf(results, context, c.name, "test"),
      control: pointsOf(results, context, controlOf(c), "control"),
    }));
    const own = parts.flatMap((p) => [p.alone, p.shared, p.more, p.relative, p.elastic, p.ratio]);
    const evidence = [...own, ...parts.flatMap((p) => [p.control.alone, p.control.shared, p.control.more])];
    const said = parts.map((p) => `${p.c.name} ${factor(p.alone.measured.value)} alone, ${factor(p.shared.measured.value)} shared`).join("; ");
    const more = parts.map((p) => above(p.more, LEAST));
    const less = parts.map((p) => below(p.more, -LEAST));
    const rule = parts.every((p) => [p.relative, p.elastic, p.ratio].every((f) => f.law?.held === "equal"));
    if (less.every(Boolean)) return { verdict: "SUPPORTED", evidence, sentence: `Sharing makes the product grow less in every chain: ${said}.` };
    if (more.every(Boolean) && rule) {
      const controls = parts.every((p) => below(p.control.more, -LEAST))
        ? " Only where the other layer is the larger one (2) does sharing slow the growth."
        : "";
      const sentence =
        `It is the other way round: ${said}. Passing 1 is nothing special, and the same step on the .001 changes the product 900 times as much, because d(product)/dw = product/w.` +
        controls;
      return { verdict: "REFUTED", evidence, sentence };
    }
    if (more.some(Boolean) && less.some(Boolean)) return { verdict: "CONDITIONAL", evidence, sentence: `It depends on the chain: ${said}.` };
    return { verdict: "UNDECIDED", evidence, sentence: `Neither is certain: ${said}.` };
  },
  sabotage: (size) => sweep(size, CONTROL_GAINS),
};
