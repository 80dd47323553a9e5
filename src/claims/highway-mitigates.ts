import { activation } from "../theory/activation.js";
import type { Arm, Claim, EvidenceRow, Budget } from "./claim.js";
import { arms } from "./shared/arms.js";
import { RATE, above, below, deepest, factor, growthRow, lastRate, lawsHeld, total } from "./shared/evidence-rows.js";

/** χ = σ_w²/2: the squared gain of a plain ReLU layer. */
const GAINS: Readonly<Record<Budget["name"], readonly number[]>> = { quick: [0.25, 1, 4, 20], full: [0.25, 1, 2, 4, 20] };
const BIASES: Readonly<Record<Budget["name"], readonly number[]>> = { quick: [-1, -3], full: [0, -1, -2, -3, -4] };

/** The gate so far open that nothing is carried. */
const OPEN = 30;

/** One network: gates that are their bias, or whose weights are drawn too (variance 1 over the fan-in), as they are where nobody sets them to zero. */
interface Cell {
  readonly chi: number;
  readonly bias: number;
  readonly gateVariance: 0 | 1;
}

/** Drawn gates double a trial: a few of them, where the trunk grows or stands. */
const DRAWN: Readonly<Record<Budget["name"], readonly (readonly [chi: number, bias: number])[]>> = {
  quick: [[20, -3]],
  full: [
    [4, -1],
    [4, -3],
    [20, -3],
  ],
};

const cellsOf = (name: Budget["name"]): readonly Cell[] => [
  ...GAINS[name].flatMap((chi) => BIASES[name].map((bias): Cell => ({ chi, bias, gateVariance: 0 }))),
  ...DRAWN[name].map(([chi, bias]): Cell => ({ chi, bias, gateVariance: 1 })),
];

const gated = ({ chi, bias, gateVariance }: Cell): string => `χ = ${chi}, b = ${bias}${gateVariance > 0 ? ", gates drawn" : ""}`;
const highway = (c: Cell): string => `Highway, ${gated(c)}`;
const plain = (chi: number): string => `plain, χ = ${chi}`;

const initOf = (chi: number): { readonly scheme: string; readonly weightVariance: number } => ({ scheme: "he", weightVariance: 2 * chi });

const sweep = (size: Budget, biasOf: (b: number) => number): readonly Arm[] => [
  ...GAINS[size.name].flatMap((chi) => arms(size, { name: plain(chi), role: "control", net: () => ({ arch: "mlp", init: initOf(chi) }) })),
  ...cellsOf(size.name).flatMap((c) => {
    const net = { arch: "highway", gateBias: biasOf(c.bias), gateVariance: c.gateVariance, init: initOf(c.chi) };
    return arms(size, { name: highway(c), role: "test", net: () => net });
  }),
];

/** "Highway networks mitigate vanishing and exploding": over gains and gate biases, beside the plain network of the same gain. */
export const highwayMitigates: Claim = {
  id: "highway-mitigates",
  sentence: "Highway networks mitigate vanishing and exploding gradients.",
  from: "the question's premise, from the literature it cites",
  experiment:
    "Highway networks over branch gains χ and gate biases b, with gates that are their bias and some whose weights are drawn, beside plain networks of the same gain.",
  rule:
    "Mitigated is an explosion (a plain growth of more than 5 % a layer on the squared gradient) where the Highway network grows by less than 5 %, and decay (a plain loss of more than 5 %) where it " +
    "decays more slowly; not mitigated is an explosion that goes on by more than 5 %, if more slowly, and decay that is slower by less than 5 % if at all; harmed is a plain " +
    "network that does neither where the Highway network loses more than 5 %. All between the two greatest depths: growth is not linear in the depth. SUPPORTED: everything is mitigated, nothing harmed, all follow their laws. " +
    "REFUTED: nothing is mitigated. CONDITIONAL: some are mitigated, and others explode or decay all the same or are harmed.",
  assumptions: [
    "at initialisation",
    "ReLU; gates are their bias, T = σ(b), where it is not said that their weights are drawn: those open and close with a growing trunk, and let it grow the more",
    "raw gradients: where activations fall with them, or grow, part of it is units",
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
    const plains = new Map(GAINS[name].map((chi) => [chi, lastRate(results, context, plain(chi), "control")]));
    const cells = cellsOf(name).map((c) => {
      const totals = depths.map((depth) => {
        const net = { phi, depth, gateBias: c.bias, sigmaW2: 2 * c.chi, width };
        // The law of drawn gates holds while they are near their bias.
        const law = c.gateVariance === 0 ? total(context.laws.highway(net), depth) : undefined;
        return growthRow(results, context, { arm: highway(c), role: "test", depth, law });
      });
      const [p, h] = [plains.get(c.chi)!, lastRate(results, context, highway(c), "test")];
      return { ...c, totals, h, state: stateOf(p, h) };
    });
    const controls = GAINS[name].map((chi) =>
      depths.map((depth) => {
        const law = total(context.laws.plain({ phi, sigmaW2: 2 * chi, depth, width }), depth);
        return growthRow(results, context, { arm: plain(chi), role: "control", depth, law });
      }),
    );
    const evidence = [...cells.flatMap((c) => [...c.totals, c.h]), ...controls.flat(), ...plains.values()];
    const without = new Map(GAINS[name].map((chi, i) => [chi, deepest(controls[i]!)]));
    const list = (state: State): string =>
      cells
        .filter((c) => c.state === state)
        .map((c) => `${gated(c)} (${factor(deepest(c.totals).measured.value)}, plain ${factor(without.get(c.chi)!.measured.value)})`)
        .join("; ") || "none";
    const open = cells.some((c) => c.state === "open") ? `; not certain: ${list("open")}` : "";
    const said = `over ${deepest(depths)} layers; mitigated: ${list("mitigated")}; not: ${list("failed")}; harmed: ${list("harmed")}${open}`;
    const follow = lawsHeld(cells.filter((c) => c.gateVariance === 0).flatMap((c) => c.totals)) === "equal";
    const has = (state: State): boolean => cells.some((c) => c.state === state);
    if (cells.every((c) => c.state === "mitigated" || c.state === "fine") && has("mitigated") && follow)
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
function stateOf(plainRate: EvidenceRow, highwayRate: EvidenceRow): State {
  if (above(plainRate, RATE)) return below(highwayRate, RATE) ? "mitigated" : above(highwayRate, RATE) ? "failed" : "open";
  if (below(plainRate, -RATE)) {
    if (highwayRate.measured.low > plainRate.measured.high) return "mitigated";
    return highwayRate.measured.high < plainRate.measured.low + RATE ? "failed" : "open";
  }
  if (above(plainRate, -RATE) && below(plainRate, RATE)) return below(highwayRate, -RATE) ? "harmed" : above(highwayRate, -RATE) ? "fine" : "open";
  return "open";
}
