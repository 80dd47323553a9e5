import type { Claim } from "../../src/claims/claim.js";
import { layerUpdates } from "../../src/trial/measurements/layer-updates.js";
import type { LayerUpdatesResult, ProductChange } from "../../src/trial/measurements/layer-updates.js";
import { drawn, mixed } from "./drawn.js";
import type { TruthCase } from "./truths.js";

/** What is true of a chain of three layers. */
interface ChainTruth {
  /** ln of what sharing adds to the product beyond what the update alone does. */
  readonly more: number;
  /** ln of what equal relative updates do differently (default 0), the elasticity (default 1), and ln of the ratio of slopes over ln 900 (default 0). */
  readonly relative?: number;
  readonly elastic?: number;
  readonly ratio?: number;
}

/** Deviations over seeds as measured, by chain: alone, shared, ratio of slopes. Scalars and orthogonal matrices differ by rounding only. */
const SPREADS: Readonly<Record<string, readonly [number, number, number]>> = {
  "three scalars": [0, 0, 0],
  "orthogonal matrices": [0, 0, 0],
  "Gaussian matrices": [0.0064, 0.043, 0.062],
  "ReLU network, He": [0.03, 0.084, 0.157],
};
const CHAINS = Object.keys(SPREADS);
const CONTROL = ", 2 in place of .001";
/** Rounding of a chain where every seed gives one number: it may be the same in each. */
const ROUNDING = 4 * Number.EPSILON;
/** Deviation of what holds exactly, were it not to. */
const LOOSE = 0.03;
const [SMALL, LARGE, TWO] = [0.001, 0.9, 2];
const ALONE = Math.log(1.1 / 0.9);

const change = (ln: number): ProductChange => ({ lnForward: ln, lnBackward: ln });

const chains = (claim: Claim, truthOf: (chain: string) => ChainTruth): TruthCase["world"] =>
  drawn(claim, layerUpdates, ({ arm, normal }): LayerUpdatesResult => {
    const control = arm.endsWith(CONTROL);
    const chain = control ? arm.slice(0, -CONTROL.length) : arm;
    const { more, relative = 0, elastic = 1, ratio = 0 } = truthOf(chain);
    const [aloneSd, sharedSd, ratioSd] = SPREADS[chain]!;
    const first = control ? TWO : SMALL;
    const common = normal(`lengths ${chain}`);
    const alone = ALONE + aloneSd * common;
    // All seeds round alike.
    const rounding = ROUNDING * normal(`rounding ${chain}`, 0);
    const added = control ? -0.04 : more;
    const shared = ALONE + added + (control ? aloneSd * common : sharedSd * mixed(0.6, common, normal(`shared ${chain}`))) + rounding;
    const slope = (LARGE / first) * Math.exp((control ? 0 : ratio) + ratioSd * normal(`slopes ${chain}`));
    const loose = (value: number, exact: number, source: string): number => (value === exact ? rounding : value - exact + LOOSE * normal(source));
    return {
      before: change(0),
      layers: [
        { gain: first, elasticity: 1 + loose(elastic, 1, `elastic ${chain}`), slope },
        { gain: LARGE, elasticity: 1, slope: 1 },
        { gain: 0.002, elasticity: 1, slope: LARGE / 0.002 },
      ],
      alone: change(alone),
      shared: change(shared),
      other: change(shared),
      relative: change(ALONE),
      relativeOther: change(ALONE + loose(relative, 0, `relative ${chain}`)),
    };
  });

const RELU = CHAINS[3]!;
/** δ of the laws, and of a change that counts. */
const [LAW, LEAST, RATIO] = [0.1, 0.01, 0.25];

/** Truths of the claim on updates of one layer. */
export const LAYER_TRUTHS: Readonly<Record<string, (claim: Claim) => readonly TruthCase[]>> = {
  "one-large-layer": (claim) => {
    const one = (name: string, odd: Partial<ChainTruth>, more = 4.5): TruthCase["world"] =>
      chains(claim, (c) => (c === name ? { more, ...odd } : { more }));
    return [
      { name: "as found: sharing × 90 in every chain", world: one("", {}), right: ["REFUTED"], wanted: "REFUTED" },
      { name: "the contrary: sharing grows less", world: one("", {}, -0.2), right: ["SUPPORTED"], wanted: "SUPPORTED" },
      { name: "less in one chain", world: one(RELU, { more: -0.2 }), right: ["CONDITIONAL"], wanted: "CONDITIONAL" },
      { name: "more, with scalars exactly the same but for rounding", world: one(CHAINS[0]!, { more: 0 }), right: [] },
      { name: "less, with scalars exactly the same but for rounding", world: one(CHAINS[0]!, { more: 0 }, -0.2), right: [] },
      { name: "more, in the ReLU network exactly 1 %", world: one(RELU, { more: LEAST }), right: [] },
      { name: "less, in the ReLU network exactly 1 %", world: one(RELU, { more: -LEAST }, -0.2), right: [] },
      { name: "more, relative updates exactly .1 apart in one", world: one(RELU, { relative: LAW }), right: [] },
      { name: "more, an elasticity exactly .1 off", world: one(RELU, { elastic: 1 + LAW }), right: [] },
      { name: "more, slopes of one exactly .25 off ln 900", world: one(RELU, { ratio: RATIO }), right: [] },
    ];
  },
};
