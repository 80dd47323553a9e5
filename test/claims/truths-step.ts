import type { Claim, Budget } from "../../src/claims/claim.js";
import { HUNDRED, RATE, deepest } from "../../src/claims/shared/evidence-rows.js";
import { drawnWorld } from "./drawn-world.js";
import type { DrawnWorld } from "./synthetic.js";
import type { TruthCase } from "./truths.js";

const LN_HUNDRED = Math.log(100);

/** ln of the first layer's gradient over the last one's after each rule: none, global norm, value, each layer's norm, adaptive. */
type Rules = readonly [number, number, number, number, number];
const EVENED = [0.2, 0, 0] as const;
const keepsThem = (spread: number): Rules => [spread, spread, ...EVENED];
const FOUND: Readonly<Record<string, Rules>> = {
  "tanh, σ_w² = 4": keepsThem(5.9),
  "BN→ReLU": keepsThem(8.1),
  "x + W·ReLU(x)": [-0.2, -0.2, 0.35, 0, 0.17],
  "recurrent tanh, σ_w² = 4": [0.17, 0.17, 0.01, 0, 0],
  "x + W·ReLU(x)/√L": [-0.06, -0.06, 0.07, -0.06, 0.02],
};

/** Worlds of clipping; the global rule turns what it keeps by rounding only, unless `wobble` says more. */
const clipWorld =
  (
    claim: Claim,
    more: Readonly<Record<string, Rules>>,
    { length = 0, wobble = 1e-15 }: { readonly length?: number; readonly wobble?: number } = {},
  ) =>
  (size: Budget): DrawnWorld =>
    drawnWorld(claim, size, () => (arm, _depth, z) => {
      const spreads = more[arm] ?? FOUND[arm]!;
      const noisy = (mean: number, i: number): number => mean + (Math.abs(mean) > 1 ? 0.35 : 0.05) * z.own(i);
      const none = noisy(spreads[0], 0);
      const steps = spreads.map((mean, i) => {
        const spread = i === 0 ? none : i === 1 && Math.abs(mean - spreads[0]) < 0.01 ? none + mean - spreads[0] + wobble * z.own(1) : noisy(mean, i);
        return {
          lnLayers: [spread, 0, 0.5],
          lnTotal: i === 0 ? 6 + 0.3 * z.own(6) : i === 1 ? length + wobble * z.own(7) : 1 + 0.01 * z.own(8),
          cosine: i < 2 ? 1 : 0.45 + 0.03 * z.own(10 + i),
        };
      });
      return { loss: 3, steps };
    });

interface LossTruth {
  /** ln of the squared growth at the largest loss, at the greatest depth. */
  readonly plain: number;
  readonly residual: number;
  /** Largest loss less smallest, of that growth, by arm (default 0; a temperature in the residual network .33). */
  readonly change: Readonly<Record<string, number>>;
  /** The same of the gradient at the logits, by arm. */
  readonly drop: Readonly<Record<string, number>>;
  /** What lies beyond the bounds of the gradient at the logits, in one network. */
  readonly beyond: number;
}
const LOSSES = [
  { name: "cross-entropy by margin", drop: 8, spread: 1.7 },
  { name: "cross-entropy by temperature", drop: 0.6, spread: 0.12 },
  { name: "mean squares by distance", drop: 18.42, spread: 1e-14 },
] as const;
const LOSS_ARMS = ["W·ReLU(x)", "x + W·ReLU(x)"].flatMap((net) => LOSSES.map((l) => `${net}, ${l.name}`));
const each = (value: number): Readonly<Record<string, number>> => Object.fromEntries(LOSS_ARMS.map((a) => [a, value]));

const lossWorld =
  (claim: Claim, truth: (end: number) => Partial<LossTruth>) =>
  (size: Budget): DrawnWorld => {
    const end = deepest(size.depths);
    const width = Math.min(size.width, size.name === "full" ? 128 : 64);
    const { plain = -0.05 * end, residual = 0.655 * end, change = {}, drop = {}, beyond = 0 } = truth(end);
    return drawnWorld(claim, size, () => (arm, depth, z) => {
      const loss = LOSSES.find((l) => arm.endsWith(l.name))!;
      const skip = arm.startsWith("x + ");
      const unit = Math.sqrt((depth / 40) * (64 / width));
      const growth = ((skip ? residual : plain) * depth) / end + (skip ? 1.2 : 1.6) * unit * z.own(0);
      const turned = loss.name.endsWith("temperature");
      const known = change[arm];
      const changed = known === undefined && !turned ? 0 : ((known ?? 0.33) * depth) / end + 0.65 * unit * z.own(1);
      // Where nothing is known to fall the spread is that of a temperature.
      const fallen = drop[arm] === undefined ? loss.drop + loss.spread * z.own(2) : drop[arm] + 0.12 * z.own(2);
      const bounded = loss.name.startsWith("cross-entropy");
      const levels = [0, 1, 2, 3, 4].map((i) => ({
        level: i,
        loss: 10 * 0.2 ** i * Math.exp(0.1 * z.own(3 + i)),
        lnInput: growth,
        lnLogits: 0.2 - (fallen * i) / 4 + 0.04 * z.own(8),
        lnJacobian: growth,
        lnCovariance: 0,
        lnGrowth: growth - (changed * i) / 4,
        lowest: bounded ? 1.06 : 0.63,
        highest: bounded ? 1.4 + (skip ? beyond : 0) : 0.63,
      }));
      return { lnIsotropic: growth, levels };
    });
  };

/** Cosines by depth, and how the longest path of the network with skips goes. */
interface CarriedTruth {
  readonly scaled: (depth: number, end: number) => number;
  readonly bare: (depth: number, end: number) => number;
  readonly longest: (depth: number) => number;
}
const scaledLaw = (depth: number): number => (1 + 1 / depth) ** (-depth / 2);
const bareLaw = (depth: number): number => 2 ** (-depth / 2);

const carriedWorld =
  (claim: Claim, { scaled = scaledLaw, bare = bareLaw, longest = (l) => l }: Partial<CarriedTruth> = {}) =>
  (size: Budget): DrawnWorld => {
    const end = deepest(size.depths);
    return drawnWorld(claim, size, () => (arm, depth, z) => {
      if (arm.startsWith("paths")) {
        const lengths = (shortest: number, long: number): unknown => ({
          ops: { shortest, longest: 3 * long },
          products: { shortest, longest: long },
        });
        const skips = arm === "paths with skips";
        if (arm === "paths with synthetic gradients") return { parameter: "w", fromTarget: null, fromInput: lengths(1, 3) };
        const waits = skips ? longest(depth) : depth;
        return { parameter: "w", fromTarget: lengths(skips ? 1 : depth, waits), fromInput: lengths(1, 2 * waits) };
      }
      const cosine = (arm.endsWith("/√L") ? scaled : bare)(depth, end) + 0.017 * z.shared(0, 0.3);
      return { cosine: [cosine, 1], relativeError: [Math.sqrt(Math.max(0, 1 - cosine * cosine)), 0] };
    });
  };

/** Truths of claims about a step: what clipping makes of it, what the loss does to it, what shortcuts carry of it. */
export const STEP_TRUTHS: Readonly<Record<string, (claim: Claim) => readonly TruthCase[]>> = {
  "clipping-solves": (claim) => {
    const world = (
      tanh: Rules,
      norm: Rules,
      more: { readonly length?: number; readonly wobble?: number } = {},
      skip: Rules = FOUND["x + W·ReLU(x)"]!,
    ): ((size: Budget) => DrawnWorld) => clipWorld(claim, { "tanh, σ_w² = 4": tanh, "BN→ReLU": norm, "x + W·ReLU(x)": skip }, more);
    const [tanh, norm] = [keepsThem(5.9), keepsThem(8.1)];
    const globally: Rules = [8.1, 0.1, ...EVENED];
    const never = (spread: number): Rules => [spread, spread, spread, spread, spread];
    return [
      {
        name: "as found: global norm keeps the profile, others even it out",
        world: world(tanh, norm),
        right: ["CONDITIONAL"],
        wanted: "CONDITIONAL",
      },
      { name: "global norm evens it out", world: world([5.9, 0.1, ...EVENED], globally), right: ["SUPPORTED"], wanted: "SUPPORTED" },
      { name: "no rule evens it out", world: world(never(5.9), never(8.1)), right: ["REFUTED"], wanted: "REFUTED" },
      { name: "global norm evens out one, brings the other to exactly 100", world: world([5.9, LN_HUNDRED, ...EVENED], globally), right: [] },
      { name: "no rule, but one brings one network to exactly 100", world: world(never(5.9), [8.1, 8.1, LN_HUNDRED, 8.1, 8.1]), right: [] },
      { name: "no rule, but one brings one network to just below 100", world: world(never(5.9), [8.1, 8.1, LN_HUNDRED - 0.1, 8.1, 8.1]), right: [] },
      {
        name: "one rule evens out, in one network to exactly 100",
        world: world([5.9, 5.9, 5.9, 0, 5.9], [8.1, 8.1, 8.1, LN_HUNDRED, 8.1]),
        right: [],
      },
      { name: "global norm changes the ratio by exactly 10⁻⁴", world: world([5.9, 5.9 + 1e-4, ...EVENED], norm, { wobble: 1e-4 }), right: [] },
      { name: "global norm leaves a step longer by exactly 10⁻⁴", world: world(tanh, norm, { length: 1e-4, wobble: 1e-4 }), right: [] },
      {
        name: "global norm evens out two, keeps a third that explodes just beyond 100",
        world: world([5.9, 0.1, ...EVENED], globally, {}, keepsThem(LN_HUNDRED + 0.05)),
        right: [],
      },
      {
        name: "no rule, but all even out a third that explodes just beyond 100",
        world: world(never(5.9), never(8.1), {}, [LN_HUNDRED + 0.05, 0.1, ...EVENED]),
        right: [],
      },
    ];
  },
  "loss-not-gradient": (claim) => {
    const world = (truth: (end: number) => Partial<LossTruth>): ((size: Budget) => DrawnWorld) => lossWorld(claim, truth);
    const [warm, far] = [LOSS_ARMS[4]!, LOSS_ARMS[3]!];
    const residualChange = (v: number): Readonly<Record<string, number>> => Object.fromEntries(LOSS_ARMS.slice(3).map((a) => [a, v]));
    return [
      { name: "as found: smaller at the logits, growth stays", world: world(() => ({})), right: ["CONDITIONAL"], wanted: "CONDITIONAL" },
      {
        name: "the contrary: growth goes with the loss",
        world: world((end) => ({ change: residualChange(0.6 * end) })),
        right: ["SUPPORTED"],
        wanted: "SUPPORTED",
      },
      { name: "a smaller loss has larger gradients", world: world(() => ({ drop: each(-0.5) })), right: ["REFUTED"], wanted: "REFUTED" },
      { name: "does not fall with one loss of one network", world: world(() => ({ drop: { [warm]: 0 } })), right: [] },
      { name: "rises with all but one, which stays", world: world(() => ({ drop: { ...each(-0.5), [warm]: 0 } })), right: [] },
      { name: "growth changes by exactly 5 % a block with one loss", world: world((end) => ({ change: { [warm]: RATE * end } })), right: [] },
      { name: "the residual network exactly at 100 at every loss", world: world(() => ({ residual: HUNDRED, change: { [warm]: 0 } })), right: [] },
      { name: "the plain one exactly at 100 at every loss", world: world(() => ({ plain: HUNDRED })), right: [] },
      {
        name: "growth goes with the loss, with one to exactly 100",
        world: world((end) => ({ change: { ...residualChange(0.6 * end), [far]: 0.655 * end - HUNDRED } })),
        right: [],
      },
      {
        name: "growth goes with the loss, from exactly 100",
        world: world(() => ({ residual: HUNDRED, change: residualChange(HUNDRED) })),
        right: [],
      },
      { name: "growth stays, a gradient at the logits leaves its bounds", world: world(() => ({ beyond: 0.02 })), right: [] },
    ];
  },
  "synthetic-gradient": (claim) => {
    const world = (truth: Partial<CarriedTruth> = {}): ((size: Budget) => DrawnWorld) => carriedWorld(claim, truth);
    const at = (value: number) => (): number => value;
    /** As so long as it is not the greatest depth. */
    const ending = (law: (l: number) => number, value: number) => (l: number, end: number) => (l === end ? value : law(l));
    return [
      { name: "as found: (1 + α²)^(−L/2), the longest path stays", world: world(), right: ["CONDITIONAL"], wanted: "CONDITIONAL" },
      {
        name: "the contrary: near with both, and no waiting",
        world: world({ bare: at(0.7), longest: at(3) }),
        right: ["SUPPORTED"],
        wanted: "SUPPORTED",
      },
      { name: "near with neither", world: world({ scaled: bareLaw }), right: ["REFUTED"], wanted: "REFUTED" },
      { name: "scaled falls to exactly ½, bare by its law", world: world({ scaled: ending(scaledLaw, 0.5) }), right: [] },
      { name: "scaled far, bare at exactly ½", world: world({ scaled: at(0.3), bare: at(0.5) }), right: [] },
      { name: "scaled far, bare just above ½", world: world({ scaled: at(0.3), bare: at(0.503) }), right: [] },
      { name: "near with both but at one depth, exactly ½; no waiting", world: world({ bare: ending(at(0.7), 0.5), longest: at(3) }), right: [] },
      { name: "scaled exactly a margin off its law", world: world({ scaled: (l, end) => scaledLaw(l) + (l === end ? 0.02 : 0) }), right: [] },
      { name: "bare exactly .1 at the greatest depth", world: world({ bare: ending(bareLaw, 0.1) }), right: [] },
      { name: "near with both, but all is waited for", world: world({ bare: at(0.7) }), right: [] },
      { name: "as found, but skips shorten the longest path", world: world({ longest: (l) => Math.ceil(l / 2) }), right: [] },
    ];
  },
};
