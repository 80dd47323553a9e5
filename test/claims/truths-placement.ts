import type { Claim, Results, Budget } from "../../src/claims/claim.js";
import { GROWTH } from "../../src/claims/shared/evidence-rows.js";
import { laws } from "../../src/theory/laws.js";
import { profile } from "../../src/trial/measurements/profile.js";
import type { ProfileResult } from "../../src/trial/measurements/profile.js";
import { drawn, mixed } from "./drawn.js";
import { profileOf } from "./synthetic.js";
import type { DrawnWorld } from "./synthetic.js";
import type { TruthCase } from "./truths.js";

/** Norms before the branch, and behind the sum. */
type Pair = readonly [pre: number, post: number];

/** How the last gradient goes with the depth, and what the growth is off its law at the greatest depth, in margins. */
interface PlacementTruth {
  /** In the chain, over ½·ln(1 + L). */
  readonly chain: Pair;
  /** In Transformers, over ln L. */
  readonly attention: Pair;
  readonly off?: Pair;
}

const isPost = (arm: string): boolean => arm.startsWith("LN(") || arm.startsWith("post");
const isChain = (arm: string): boolean => !arm.endsWith("Transformer");
const GROWS = ", no classes";

/** Deviation over seeds, measured: of the last gradient .06 to .14 in the chain, .09 to .14 in Transformers; depths of a seed correlate by .3 to .75. */
const lastSpread = (arm: string, depth: number): number => (isChain(arm) ? 0.05 + 0.009 * Math.sqrt(depth) : 0.13);
const SAME_SEED = 0.4;
/** Of the growth over √L: .02 to .025 with norms before the branch, .045 to .075 behind. */
const growthSpread = (arm: string, depth: number): number => (isPost(arm) ? 0.06 : 0.022) * Math.sqrt(depth);

const lastOf = (arm: string, depth: number): string =>
  isChain(arm) ? `block${depth}/branch/linear/weight` : `layer${depth}/feedforward/linear2/weight`;

type Growth = (arm: string, depth: number) => { readonly value: number; readonly margin: number };

const results = (claim: Claim, growth: Growth, { chain, attention, off = [0, 0] }: PlacementTruth, size: Budget): DrawnWorld =>
  drawn(claim, profile, ({ arm, depth, normal }): ProfileResult => {
    const side = isPost(arm) ? 1 : 0;
    const noise = mixed(SAME_SEED, normal(arm), normal(`${arm} ${depth}`));
    if (arm.endsWith(GROWS)) {
      const { value, margin } = growth(arm, depth);
      const ends = depth === size.depths[size.depths.length - 1];
      return profileOf(value + (ends ? off[side] * margin : 0) + growthSpread(arm, depth) * noise, 0, 0, 0.5);
    }
    const ln = isChain(arm) ? -0.5 * chain[side] * Math.log(1 + depth) : attention[side] * Math.log(depth);
    return { ...profileOf(0, 0, 0, 0.5), parameters: { [lastOf(arm, depth)]: 5 + ln + lastSpread(arm, depth) * noise } };
  })(size);

const world = (claim: Claim, truth: PlacementTruth): TruthCase["world"] => {
  const known = new Map<Budget, Growth>();
  const lawsOf = (size: Budget): Growth => {
    const flat: Results = results(claim, () => ({ value: 0, margin: 0 }), truth, size).draw(0);
    const { evidence } = claim.judge(flat, { comparisons: 1, laws });
    const totals = new Map(evidence.filter((f) => f.what === GROWTH.what).map((f) => [`${f.arm} ${f.depth}`, f.law!]));
    return (arm, depth) => totals.get(`${arm} ${depth}`)!;
  };
  return (size) => {
    let growth = known.get(size);
    if (!growth) known.set(size, (growth = lawsOf(size)));
    return results(claim, growth, truth, size);
  };
};

/** δ of the slopes in the chain; what falls, and what stays, in Transformers. */
const [SLOPE, FALLS, STAYS] = [0.1, -0.25, 0.2];
/** How far apart slopes are still alike. */
const ALIKE = 0.2;
const FOUND: PlacementTruth = { chain: [1, 0], attention: [-0.52, -0.03] };

/** Truths of the claim on where a Transformer normalises. */
export const PLACEMENT_TRUTHS: Readonly<Record<string, (claim: Claim) => readonly TruthCase[]>> = {
  "pre-post-ln": (claim) => {
    const of = (odd: Partial<PlacementTruth>): TruthCase["world"] => world(claim, { ...FOUND, ...odd });
    return [
      { name: "as found: 1/√(1 + L) before, constant behind", world: of({}), right: ["SUPPORTED"], wanted: "SUPPORTED" },
      { name: "both constant", world: of({ chain: [0, 0], attention: [0, 0] }), right: ["REFUTED"], wanted: "REFUTED" },
      { name: "both fall alike", world: of({ chain: [1, 1], attention: [-0.5, -0.5] }), right: ["REFUTED"], wanted: "REFUTED" },
      { name: "before, the slope is exactly .9", world: of({ chain: [1 - SLOPE, 0] }), right: [] },
      { name: "behind, the slope is exactly .1", world: of({ chain: [1, SLOPE] }), right: [] },
      { name: "before, Transformers fall exactly as L^(−1/4)", world: of({ attention: [FALLS, 0] }), right: [] },
      { name: "behind, Transformers go exactly as L^(−.2)", world: of({ attention: [-0.52, -STAYS] }), right: [] },
      { name: "alike, but exactly .2 apart in the chain", world: of({ chain: [ALIKE, 0], attention: [0, 0] }), right: [] },
      { name: "alike, but exactly .2 apart in Transformers", world: of({ chain: [0, 0], attention: [-ALIKE, 0] }), right: [] },
      { name: "the chain alike, Transformers not", world: of({ chain: [0.5, 0.5] }), right: [] },
      { name: "the growth exactly a margin off its law: it does not leave it", world: of({ off: [0, -1] }), right: ["SUPPORTED"] },
      { name: "the growth three margins off its law", world: of({ off: [3, 0] }), right: [] },
    ];
  },
};
