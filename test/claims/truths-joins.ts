import type { Claim } from "../../src/claims/claim.js";
import { sumGradient } from "../../src/trial/measurements/sum-gradient.js";
import type { SumGradientResult } from "../../src/trial/measurements/sum-gradient.js";
import { drawn, mixed } from "./drawn.js";
import type { TruthCase } from "./truths.js";

/** What is true of every sum of a network: its parts get `share` of the gradient of the sum. */
interface SumTruth {
  readonly share: (parts: number) => number;
  /** Times the share, what difference quotients find (default 1). */
  readonly quotient?: number;
  /** Bits that are those of the sum (default: all of them). */
  readonly bits?: number;
  /** Only one seed in so many has fewer than all bits (default: each). */
  readonly oneIn?: number;
}

const COPIED: SumTruth = { share: () => 1 };
/** Half the bits agree by chance, as measured. */
const DIVIDED: SumTruth = { share: (parts) => 1 / parts, bits: 0.56 };
/** Deviation of a difference quotient: measured 1e-9 to 6e-8. */
const QUOTIENT_SPREAD = 3e-8;
/** So many sums stand for all of a network. */
const SUMS = 3;

const partsOf = (arm: string): number => (arm.includes("three skips") ? 4 : 2);
const MEANS = "mean of x and three skips";

/** What backpropagation gives to the parts of sums, exact but for rounding, and what difference quotients find. */
const sums = (claim: Claim, truthOf: (arm: string, depth: number) => SumTruth): TruthCase["world"] =>
  drawn(claim, sumGradient, ({ arm, depth, seed, normal }): SumGradientResult => {
    const { share, quotient = 1, bits = 1, oneIn = 1 } = truthOf(arm, depth);
    const float64 = !arm.endsWith("float32");
    const joins = Array.from({ length: SUMS }, (_, j) => {
      const parts = partsOf(arm);
      const value = share(parts);
      const noise = (p: number): number => 1 + QUOTIENT_SPREAD * normal(`quotient ${arm} ${depth} ${j} ${p}`);
      return {
        node: `sum${j}`,
        op: arm === MEANS ? ("mean" as const) : ("sum" as const),
        parts,
        equalBits: j === 0 && seed % oneIn === 0 ? bits : Math.max(bits, oneIn > 1 ? 1 : 0),
        largest: Math.abs(1 - value),
        shares: Array.from({ length: parts }, () => value),
        quotients: float64 ? [noise(-1), ...Array.from({ length: parts }, (__, p) => value * quotient * noise(p))] : null,
      };
    });
    return { joins, layers: [] };
  });

const inOne = (name: string, odd: SumTruth, others: SumTruth) => (arm: string) => (arm === MEANS ? DIVIDED : arm === name ? odd : others);
const SKIP = "x + W·ReLU(x)";
/** One bit of one sum of 4 × 32 numbers of 64 bits and two parts. */
const ONE_BIT = 1 - 1 / (4 * 32 * 64 * 2);
/** δ of the rule on a ratio. */
const RATIO = 1e-3;

const CELLS = ["concatenated, fan-in", "concatenated, one deviation", "added, fan-in", "added, one deviation"] as const;
/** Deviation of a layer's logarithm (measured .023 to .05), and what the two initialisations of one seed share. */
const GAIN_SPREAD = 0.045;
const SAME_WEIGHTS = 0.9;
const WIDTH = 100;

/** ln gain by cell on top of that of a layer that joins nothing, by the number of values joined. */
type Change = (cell: (typeof CELLS)[number], values: number) => number;

const layers = (claim: Claim, change: Change, { off = 0, bits = 1 } = {}): TruthCase["world"] =>
  drawn(claim, sumGradient, ({ arm, depth: values, normal }): SumGradientResult => {
    const join = arm.startsWith("added") ? "added" : "concatenated";
    // Where nothing is joined all four are one network.
    const noise = values === 1 ? normal("alone") : mixed(SAME_WEIGHTS, normal(`${join} ${values}`), normal(`${arm} ${values}`));
    const gain = Math.LN2 - 1 / WIDTH + off + (values === 1 ? 0 : change(arm as (typeof CELLS)[number], values)) + GAIN_SPREAD * noise;
    const joint = { node: "join", op: "concat" as const, parts: values, equalBits: bits, largest: 0, shares: [1], quotients: null };
    return { joins: values === 1 ? [] : [joint], layers: [{ node: "linear", lnGains: [gain] }] };
  });

const found: Change = (cell, values) => (cell === CELLS[0] ? -Math.log(values) : 0);
const both: Change = (cell, values) => (cell.startsWith("concat") ? -Math.log(values) : 0);
const offBy =
  (change: Change, cell: string, by: number): Change =>
  (c, values) =>
    change(c, values) + (c === cell && values === 4 ? by : 0);
/** δ of the rule on a change. */
const CHANGE = 0.1;

/** Truths of the claims on what arrives at the parts of sums and concatenations. */
export const JOIN_TRUTHS: Readonly<Record<string, (claim: Claim) => readonly TruthCase[]>> = {
  "gradient-divided": (claim) => {
    const all = (of: SumTruth): TruthCase["world"] => sums(claim, inOne("", of, of));
    const one = (odd: SumTruth, others: SumTruth): TruthCase["world"] => sums(claim, inOne(SKIP, odd, others));
    return [
      { name: "as found: every bit copied, means divide", world: all(COPIED), right: ["REFUTED"], wanted: "REFUTED" },
      { name: "the contrary: divided by their number", world: all(DIVIDED), right: ["SUPPORTED"], wanted: "SUPPORTED" },
      { name: "divided in one network", world: one(DIVIDED, COPIED), right: ["CONDITIONAL"], wanted: "CONDITIONAL" },
      { name: "one bit of one sum differs, in every seed", world: one({ ...COPIED, bits: ONE_BIT }, COPIED), right: [] },
      { name: "one bit of one sum differs, in one seed of 20", world: one({ ...COPIED, bits: ONE_BIT, oneIn: 20 }, COPIED), right: [] },
      { name: "bits copied, quotients of one exactly .001 off", world: one({ ...COPIED, quotient: 1 + RATIO }, COPIED), right: [] },
      { name: "divided, in one network exactly .001 off", world: one({ ...DIVIDED, quotient: 1 - RATIO }, DIVIDED), right: [] },
      { name: "divided by one more than their number", world: all({ share: (parts) => 1 / (parts + 1), bits: 0.56 }), right: [] },
      { name: "means copy as well", world: sums(claim, () => COPIED), right: [] },
    ];
  },
  "gradient-divided-concat": (claim) => {
    const [fanIn, fixed, added] = CELLS;
    return [
      { name: "as found: by fan-in, not with one deviation", world: layers(claim, found), right: ["CONDITIONAL"], wanted: "CONDITIONAL" },
      { name: "divided with both initialisations", world: layers(claim, both), right: ["SUPPORTED"], wanted: "SUPPORTED" },
      { name: "divided with neither", world: layers(claim, () => 0), right: ["REFUTED"], wanted: "REFUTED" },
      { name: "as found, fan-in exactly .1 off at three skips", world: layers(claim, offBy(found, fanIn, CHANGE)), right: [] },
      { name: "as found, one deviation exactly .1 off", world: layers(claim, offBy(found, fixed, -CHANGE)), right: [] },
      { name: "as found, a control exactly .1 off", world: layers(claim, offBy(found, added, CHANGE)), right: [] },
      { name: "as found, all exactly .1 off their law", world: layers(claim, found, { off: CHANGE }), right: [] },
      { name: "as found, one bit of a slice differs", world: layers(claim, found, { bits: 1 - 1e-6 }), right: [] },
      { name: "divided with both, a control exactly .1 off", world: layers(claim, offBy(both, added, -CHANGE)), right: [] },
      { name: "divided with both, one exactly .1 off", world: layers(claim, offBy(both, fixed, CHANGE)), right: [] },
      {
        name: "with neither, one exactly .1 off",
        world: layers(
          claim,
          offBy(() => 0, fanIn, -CHANGE),
        ),
        right: [],
      },
    ];
  },
};
