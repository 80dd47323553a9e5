import { activation } from "../theory/activation.js";
import type { Arm, Claim, Figure, Size } from "./claim.js";
import { arms } from "./kit/arms.js";
import { RATE, above, below, deepest, factor, figure, lawsHeld, rate, total } from "./kit/figures.js";

/** χ = σ_w²/2: the squared gain of a plain ReLU layer. */
const GAINS: Readonly<Record<Size["name"], readonly number[]>> = { quick: [0.25, 1, 4, 20], full: [0.25, 1, 2, 4, 20] };
const BIASES: Readonly<Record<Size["name"], readonly number[]>> = { quick: [-1, -3], full: [0, -1, -2, -3, -4] };

/** The gate so far open that nothing is carried. */
const OPEN = 30;

const highway = (chi: number, bias: number): string => `Highway, χ = ${chi}, b = ${bias}`;
const plain = (chi: number): string => `plain, χ = ${chi}`;

const sweep = (size: Size, biasOf: (b: number) => number): readonly Arm[] =>
  GAINS[size.name].flatMap((chi) => {
    const init = { scheme: "he", weightVariance: 2 * chi };
    return [
      ...arms(size, { name: plain(chi), role: "control", net: () => ({ arch: "mlp", init }) }),
      ...BIASES[size.name].flatMap((b) =>
        arms(size, { name: highway(chi, b), role: "test", net: () => ({ arch: "highway", gateBias: biasOf(b), gateVariance: 0, init }) }),
      ),
    ];
  });

/** "Highway networks mitigate vanishing and exploding": over gains and gate biases, beside the plain network of the same gain. */
export const highwayMitigates: Claim = {
  id: "highway-mitigates",
  sentence: "Highway networks mitigate vanishing and exploding gradients.",
  from: "the question's premise, from the literature it cites",
  experiment: "Highway networks over branch gains χ and gate biases b, beside plain networks of the same gain.",
  rule:
    "Mitigated is an explosion (a plain growth of more than 5 % a layer on the squared gradient) where the Highway network grows by less, and decay (a plain loss of more than 5 %) where it " +
    "decays more slowly; not mitigated is an explosion that goes on by more than 5 %, and decay that is slower by less than 5 % if at all; harmed is a plain " +
    "network that does neither where the Highway network loses more than 5 %. SUPPORTED: everything is mitigated, nothing harmed, all follow their laws. " +
    "REFUTED: nothing is mitigated. CONDITIONAL: some are mitigated, and others explode or decay all the same or are harmed.",
  assumptions: [
    "at initialisation",
    "ReLU; gates begin at their bias: T = σ(b)",
    "fully connected, no norm",
    "laws are those of the width: a share 1/n of the gradient, along equal features, grows as the activations do and overtakes the rest with depth",
  ],
  source:
    "Srivastava, Greff & Schmidhuber 2015; own derivation (docs/laws.md): explosion is held off for χ < (2 − T)/T only while n ≫ (forward gain/backward gain)^L; " +
    "at a given width and depth enough for χ < (2 − T)/(T + 2(1 − T)/π)",
  missing: "training on real digits",
  trials: (size) => sweep(size, (b) => b),
  judge(results, context) {
    const { depths, width, name } = results.size;
    const phi = activation("relu");
    const cells = GAINS[name].flatMap((chi) => {
      const p = rate(results, context, plain(chi), "control");
      return BIASES[name].map((bias) => {
        const totals = depths.map((depth) => {
          const law = total(context.laws.highway({ phi, depth, gateBias: bias, sigmaW2: 2 * chi, width }), depth);
          return figure(results, context, { arm: highway(chi, bias), role: "test", depth, law });
        });
        const h = rate(results, context, highway(chi, bias), "test");
        return { chi, bias, totals, h, p, state: stateOf(p, h) };
      });
    });
    const controls = GAINS[name].map((chi) =>
      depths.map((depth) => {
        const law = total(context.laws.plain({ phi, sigmaW2: 2 * chi, depth, width }), depth);
        return figure(results, context, { arm: plain(chi), role: "control", depth, law });
      }),
    );
    const evidence = [...cells.flatMap((c) => [...c.totals, c.h]), ...controls.flat(), ...new Set(cells.map((c) => c.p))];
    const list = (state: State): string =>
      cells
        .filter((c) => c.state === state)
        .map((c) => `χ = ${c.chi}, b = ${c.bias} (${factor(deepest(c.totals).measured.value)})`)
        .join("; ") || "none";
    const said = `over ${deepest(depths)} layers; mitigated: ${list("mitigated")}; not: ${list("failed")}; harmed: ${list("harmed")}`;
    const has = (state: State): boolean => cells.some((c) => c.state === state);
    if (cells.every((c) => c.state === "mitigated" || c.state === "fine") && has("mitigated") && lawsHeld(cells.flatMap((c) => c.totals)) === "equal")
      return { verdict: "SUPPORTED", evidence, sentence: `Everywhere in the range, ${said}.` };
    if (has("mitigated") && (has("failed") || has("harmed")))
      return { verdict: "CONDITIONAL", evidence, sentence: `It depends on gain and gate, ${said}.` };
    if (!has("mitigated") && !has("open") && has("failed")) return { verdict: "REFUTED", evidence, sentence: `Nowhere in the range, ${said}.` };
    return { verdict: "UNDECIDED", evidence, sentence: `Too few seeds tell, ${said}.` };
  },
  sabotage: (size) => sweep(size, () => OPEN),
};

type State = "mitigated" | "failed" | "harmed" | "fine" | "open";

/** What a Highway network makes of the plain one, by their rates per layer. */
function stateOf(plainRate: Figure, highwayRate: Figure): State {
  if (above(plainRate, RATE)) return below(highwayRate, RATE) ? "mitigated" : above(highwayRate, RATE) ? "failed" : "open";
  if (below(plainRate, -RATE)) {
    if (highwayRate.measured.low > plainRate.measured.high) return "mitigated";
    return highwayRate.measured.high < plainRate.measured.low + RATE ? "failed" : "open";
  }
  if (above(plainRate, -RATE) && below(plainRate, RATE)) return below(highwayRate, -RATE) ? "harmed" : above(highwayRate, -RATE) ? "fine" : "open";
  return "open";
}
