import type { Claim, ClaimVerdict, Results, Budget } from "../../src/claims/claim.js";
import { GROWTH, HUNDRED, RATE } from "../../src/claims/shared/evidence-rows.js";
import { laws } from "../../src/theory/laws.js";
import { synthesise } from "./synthetic.js";
import type { DrawnWorld, Truth, World } from "./synthetic.js";

/** A world, and what may be said of a claim in it. */
export interface TruthCase {
  readonly name: string;
  readonly world: (size: Budget) => World | DrawnWorld;
  /** Decided verdicts that are true in it: any other but UNDECIDED is false. */
  readonly right: readonly ClaimVerdict[];
  /** The verdict whose frequency is the rule's power here; absent at a null, where nothing should be found. */
  readonly wanted?: ClaimVerdict;
}

const last = (size: Budget): number => size.depths[size.depths.length - 1]!;
const known = <T>(value: T | undefined, name: string): T => {
  if (value === undefined) throw new Error(`no truth for ${name}`);
  return value;
};
/** Growth of so much a layer, by arm. */
const perLayer =
  (rates: Readonly<Record<string, number>>) =>
  (): World =>
  (arm, depth): Truth => ({ growth: depth * known(rates[arm], arm) });
/** Growth of an arm that ends at so much at the greatest depth, linear up to there. */
const ending =
  (ends: Readonly<Record<string, number>>) =>
  (size: Budget): World =>
  (arm, depth): Truth => ({ growth: (depth / last(size)) * known(ends[arm], arm) });

/** What the laws have, for the figures of a claim that are held against one: by arm and depth. */
function lawfulTotals(claim: Claim, size: Budget): ReadonlyMap<string, { readonly value: number; readonly margin: number }> {
  const flat: Results = synthesise(claim, () => ({ growth: 0 }), size, 0);
  const { evidence } = claim.judge(flat, { comparisons: 1, laws });
  return new Map(
    evidence.filter((f) => f.law !== null && f.what === GROWTH.what && f.role !== "contrast").map((f) => [`${f.arm} ${f.depth}`, f.law!]),
  );
}

/** Spread of x + F with a branch of gain g, relative to a plain network's: √((4g + 5g²)/5)/(1 + g), which measurements stay below. */
const besideSkip = (g: number): number => Math.sqrt((4 * g + 5 * g * g) / 5) / (1 + g);

/** The world of the laws; an arm may be off its law at its greatest depth by a number of margins. */
const lawful =
  (claim: Claim, spread: (arm: string, depth: number) => number, off?: { readonly arm: string; readonly margins: number }) =>
  (size: Budget): World => {
    const totals = lawfulTotals(claim, size);
    return (arm, depth) => {
      const { value, margin } = known(totals.get(`${arm} ${depth}`), arm);
      return { growth: value + (off?.arm === arm && depth === last(size) ? off.margins * margin : 0), spread: spread(arm, depth) };
    };
  };

const SKIP = "x + W·ReLU(x)";
const PLAIN = "W·ReLU(x)";
const NORM = "W·ReLU(BN(x))";
const BOTH = "x + W·ReLU(BN(x))";
const GAINS = [0.01, 0.05, 0.25, 1, 1.5, 2, 4];

/** Contrasts of copied-gradient by gain, per block, on top of a plain network that follows its law. */
const copied =
  (adds: (g: number, depth: number, size: Budget) => number) =>
  (size: Budget): World =>
  (arm, depth) => {
    const g = known(
      GAINS.find((v) => arm.endsWith(`gain ${v}`)),
      arm,
    );
    const skip = arm.startsWith("x +");
    return { growth: depth * Math.log(g) + (skip ? adds(g, depth, size) : 0), spread: skip ? besideSkip(g) : 1 };
  };
/** Margin of a contrast of copied-gradient, as its law has it. */
const copyLaw = (claim: Claim, g: number, depth: number, size: Budget): { readonly value: number; readonly margin: number } => {
  const { evidence } = claim.judge(
    synthesise(claim, () => ({ growth: 0 }), size, 0),
    { comparisons: 1, laws },
  );
  return known(evidence.find((f) => f.arm.endsWith(`gain ${g}`) && f.depth === depth)?.law ?? undefined, `gain ${g}`);
};
const copyLaws = new Map<string, { readonly value: number; readonly margin: number }>();
const copyLawOf = (claim: Claim, g: number, depth: number, size: Budget): { readonly value: number; readonly margin: number } => {
  const key = `${g} ${depth} ${size.width} ${size.name}`;
  let law = copyLaws.get(key);
  if (!law) copyLaws.set(key, (law = copyLaw(claim, g, depth, size)));
  return law;
};

/** Truths of each claim: as theory has them, on the other side of each threshold, and exactly at it. */
export const TRUTHS: Readonly<Record<string, (claim: Claim) => readonly TruthCase[]>> = {
  "skip-stops-explosion": () => [
    { name: "as found: 1^L without, 2^L with", world: perLayer({ [PLAIN]: 0, [SKIP]: Math.LN2 }), right: ["REFUTED"], wanted: "REFUTED" },
    { name: "the contrary: explodes without, flat with", world: perLayer({ [PLAIN]: 0.4, [SKIP]: 0 }), right: ["SUPPORTED"], wanted: "SUPPORTED" },
    { name: "with the skip exactly 100 at the greatest depth", world: ending({ [PLAIN]: 0, [SKIP]: HUNDRED }), right: [] },
    { name: "without it exactly 100", world: ending({ [PLAIN]: HUNDRED, [SKIP]: 3 * HUNDRED }), right: [] },
    { name: "explodes without, exactly 5 % a block with", world: perLayer({ [PLAIN]: 0.4, [SKIP]: RATE }), right: [] },
    { name: "exactly 100 without, flat with", world: ending({ [PLAIN]: HUNDRED, [SKIP]: 0 }), right: [] },
  ],
  "mlp-never-explodes": () => {
    const arm = (v: number): string => `ReLU MLP, σ_w² = ${v}`;
    const rates = (at3: number, at4: number): Readonly<Record<string, number>> => ({
      [arm(1)]: -Math.LN2,
      [arm(2)]: 0,
      [arm(3)]: at3,
      [arm(4)]: at4,
    });
    return [
      { name: "as found: (σ_w²/2)^L", world: perLayer(rates(Math.log(1.5), Math.LN2)), right: ["REFUTED"], wanted: "REFUTED" },
      { name: "the contrary: none grows", world: perLayer(rates(0, 0)), right: ["SUPPORTED"], wanted: "SUPPORTED" },
      { name: "one exactly at 5 % a layer", world: perLayer(rates(0, RATE)), right: [] },
      { name: "one exactly at 100 at the greatest depth", world: (s) => perLayer(rates(0, HUNDRED / last(s)))(), right: [] },
      { name: "two exactly at 100", world: (s) => perLayer(rates(HUNDRED / last(s), HUNDRED / last(s)))(), right: [] },
    ];
  },
  "resnet-mitigates": () => {
    const names = ["W·ReLU(x), σ_w² = 4", "W·tanh(x), σ_w² = 4", NORM];
    const world = (plain: readonly number[], more: readonly number[]): ((size: Budget) => World) =>
      ending(
        Object.fromEntries(
          names.flatMap((n, i) => [
            [n, plain[i]!],
            [`x + ${n}`, plain[i]! + more[i]!],
          ]),
        ),
      );
    const explode = [28, 12, 16];
    return [
      { name: "as found: lower with a bounded branch", world: world(explode, [16, -6, -11]), right: ["CONDITIONAL"], wanted: "CONDITIONAL" },
      { name: "the contrary: higher with each", world: world(explode, [16, 6, 4]), right: ["REFUTED"], wanted: "REFUTED" },
      { name: "two lowered, one exactly as without", world: world(explode, [0, -6, -11]), right: [] },
      { name: "two raised, one exactly as without", world: world(explode, [16, 0, 8]), right: ["REFUTED"] },
      { name: "each exactly as without", world: world(explode, [0, 0, 0]), right: ["REFUTED"] },
    ];
  },
  "normalisation-not-skips": () => {
    const world = (p: number, s: number, n: number, b: number): ((size: Budget) => World) => ending({ [PLAIN]: p, [SKIP]: s, [NORM]: n, [BOTH]: b });
    const at = (f: (step: number) => readonly [number, number, number, number]) => (size: Budget) => world(...f(RATE * last(size)))(size);
    return [
      { name: "as found: 1, 2^L, 1.47^L, polynomial", world: world(-1, 27, 16, 5), right: ["CONDITIONAL"], wanted: "CONDITIONAL" },
      { name: "the contrary: the norm lowers both", world: world(30, 27, 3, 5), right: ["SUPPORTED"], wanted: "SUPPORTED" },
      { name: "the norm changes nothing", world: world(10, 27, 10, 27), right: ["REFUTED"], wanted: "REFUTED" },
      { name: "without a skip it raises by exactly 5 % a block", world: at((step) => [0, 27, step, 5]), right: [] },
      { name: "with a skip it lowers by exactly 5 % a block", world: at((step) => [0, 27, 16, 27 - step]), right: [] },
      { name: "lowers both, one end exactly at 100", world: world(30, 27, HUNDRED, 5), right: [] },
    ];
  },
  "highway-mitigates": () => {
    /** Rates a layer by χ; the same for every gate but those named. */
    const world =
      (rates: Readonly<Record<string, number>>, special: Readonly<Record<string, number>> = {}) =>
      (): World =>
      (arm, depth) => {
        const chi = known(/χ = ([\d.]+)/.exec(arm)?.[1], arm);
        if (arm.startsWith("plain")) return { growth: depth * Math.log(Number(chi)) };
        return { growth: depth * (special[arm] ?? known(rates[chi], arm)) };
      };
    const good = { 0.25: -0.2, 1: 0, 2: 0, 4: 0, 20: 0 };
    return [
      {
        name: "as found: holds off some, decays at χ = 1",
        world: world({ 0.25: -0.55, 1: -0.35, 2: -0.1, 4: 0.03, 20: 0.8 }),
        right: ["CONDITIONAL"],
        wanted: "CONDITIONAL",
      },
      { name: "nothing mitigated", world: world({ 0.25: -1.4, 1: -0.2, 2: 0.5, 4: 0.9, 20: 2 }), right: ["REFUTED"], wanted: "REFUTED" },
      { name: "all mitigated, one exactly at 5 % a layer", world: world(good, { "Highway, χ = 20, b = -1": RATE }), right: [] },
      { name: "all mitigated, one harmed by exactly 5 %", world: world(good, { "Highway, χ = 1, b = -1": -RATE }), right: [] },
      {
        name: "all mitigated, one decay slower by exactly 5 %",
        world: world(good, { "Highway, χ = 0.25, b = -1": Math.log(0.25) + RATE }),
        right: [],
      },
      { name: "all mitigated, but not as the laws have it", world: world(good), right: [] },
    ];
  },
  "copied-gradient": (claim) => [
    {
      name: "as found: ((1 + g)/g)^L",
      world: copied((g, depth, size) => copyLawOf(claim, g, depth, size).value),
      right: ["SUPPORTED"],
      wanted: "SUPPORTED",
    },
    { name: "the contrary: the skip adds nothing", world: copied(() => 0), right: ["REFUTED"], wanted: "REFUTED" },
    {
      name: "at one gain and depth exactly a margin off",
      world: copied((g, depth, size) => {
        const law = copyLawOf(claim, g, depth, size);
        return law.value + (g === 1 && depth === last(size) ? law.margin : 0);
      }),
      right: [],
    },
    { name: "nothing, but at one gain exactly 5 % a block", world: copied((g, depth) => (g === 4 ? RATE * depth : 0)), right: [] },
    { name: "much, but at one gain exactly 5 % a block", world: copied((g, depth) => (g === 4 ? RATE : 1) * depth), right: [] },
  ],
  "scaled-branch": (claim) => {
    const small = "x + W·ReLU(x)/√L";
    const half = "x + W·ReLU(x)/2";
    const alphas: Readonly<Record<string, (depth: number) => number>> = {
      [SKIP]: () => 1,
      [half]: () => 0.5,
      [small]: (l) => l ** -0.5,
      "x + W·ReLU(x)/L": (l) => 1 / l,
    };
    const spread = (arm: string, depth: number): number => besideSkip((alphas[arm]?.(depth) ?? 0) ** 2);
    const others = { [SKIP]: 27, [half]: 9, "x + W·ReLU(x)/L": 0, "x + 0·W·ReLU(x)": 0 };
    return [
      { name: "as found: (1 + α²)^L", world: lawful(claim, spread), right: ["SUPPORTED"], wanted: "SUPPORTED" },
      { name: "the contrary: a small branch explodes", world: ending({ ...others, [small]: 2 * HUNDRED }), right: ["REFUTED"], wanted: "REFUTED" },
      { name: "a small branch exactly a margin off its law", world: lawful(claim, spread, { arm: small, margins: 1 }), right: [] },
      { name: "the bare one exactly a margin below", world: lawful(claim, spread, { arm: SKIP, margins: -1 }), right: [] },
      { name: "a small branch ends exactly at 100", world: ending({ ...others, [small]: HUNDRED }), right: [] },
    ];
  },
  "earlier-layers-get-more": (claim) => {
    const arms = ["W·relu(x), σ_w² = 0.5", "W·tanh(x), σ_w² = 0.5", "W·sigmoid(x), σ_w² = 1"];
    // As measured.
    const spread = (arm: string): number =>
      (arm.startsWith("x +") ? { relu: 0.41, tanh: 0.15, sigmoid: 0.08 } : { relu: 1, tanh: 0.45, sigmoid: 0.5 })[/W·(\w+)/.exec(arm)![1] as "relu"];
    const world = (falls: readonly number[], more: readonly number[]): ((size: Budget) => World) =>
      perLayer(
        Object.fromEntries(
          arms.flatMap((n, i) => [
            [n, falls[i]!],
            [`x + ${n}`, falls[i]! + more[i]!],
          ]),
        ),
      );
    return [
      { name: "as found: by their laws", world: lawful(claim, spread), right: ["SUPPORTED"], wanted: "SUPPORTED" },
      { name: "the contrary: the skip adds nothing", world: world([-1.4, -1.4, -3], [0, 0, 0]), right: ["REFUTED"], wanted: "REFUTED" },
      { name: "one exactly a margin off its law", world: lawful(claim, spread, { arm: arms[1]!, margins: 1 }), right: [] },
      { name: "the skip adds exactly 5 % a layer", world: world([-1.4, -1.4, -3], [RATE, RATE, RATE]), right: [] },
      { name: "adds much with two branches, exactly 5 % with one", world: world([-1.4, -1.4, -3], [1.6, 1.6, RATE]), right: [] },
      { name: "adds 2.5 % a layer, less than is asked for", world: world([-1.4, -1.4, -3], [RATE / 2, RATE / 2, RATE / 2]), right: ["REFUTED"] },
    ];
  },
  "copied-forward": () => {
    const [norm, root] = ["x + W·ReLU(LN x)", "x + W·ReLU(x)/√L"];
    const law =
      (off = 0, ends: Readonly<Record<string, number>> = {}) =>
      (size: Budget): World =>
      (arm, depth) => {
        const lawful: Readonly<Record<string, number>> = {
          [PLAIN]: 0,
          [SKIP]: depth * Math.LN2,
          [norm]: Math.log(1 + depth),
          [root]: depth * Math.log(1 + 1 / depth),
        };
        const end = ends[arm];
        const forward = end === undefined ? known(lawful[arm], arm) : (end * depth) / last(size);
        return { growth: forward, forward: forward + (arm === SKIP && depth === last(size) ? off : 0) };
      };
    return [
      { name: "as found: 2^L, 1 + L, (1 + 1/L)^L", world: law(), right: ["CONDITIONAL"], wanted: "CONDITIONAL" },
      {
        name: "all explode",
        world: law(0, { [norm]: 2 * HUNDRED, [root]: 2 * HUNDRED }),
        right: ["SUPPORTED"],
        wanted: "SUPPORTED",
      },
      { name: "none explodes", world: law(0, { [SKIP]: 0, [norm]: 0, [root]: 0 }), right: ["REFUTED"], wanted: "REFUTED" },
      { name: "the bare one ends exactly at 10^4", world: law(0, { [SKIP]: HUNDRED }), right: [] },
      { name: "one with a norm ends exactly at 10^4", world: law(0, { [norm]: HUNDRED }), right: [] },
      { name: "two small ones end exactly at 10^4", world: law(0, { [norm]: HUNDRED, [root]: HUNDRED }), right: [] },
    ];
  },
  "near-zero-weights": () => {
    const cell = (arm: string): { readonly skip: boolean; readonly half: number } => {
      const [, n] = /n = (\d+)$/.exec(arm)!;
      const s = /s = ([\d.]+),/.exec(arm)?.[1];
      return { skip: arm.startsWith("skip"), half: s === undefined ? 1 : (Number(n) * Number(s) ** 2) / 2 };
    };
    const world = (rateOf: (half: number, skip: boolean, arm: string) => number) => (): World => (arm, depth) => {
      const { skip, half } = cell(arm);
      return { growth: depth * rateOf(half, skip, arm), spread: skip ? besideSkip(half) : 1 };
    };
    const law = (half: number, skip: boolean): number => Math.log(skip ? 1 + half : half);
    /** With what finite width takes away, 5β/2 of a plain network. */
    const found = (half: number, skip: boolean, arm: string): number =>
      law(half, skip) - (2.5 * (skip ? besideSkip(half) ** 2 : 1)) / Number(/n = (\d+)$/.exec(arm)![1]);
    const one = "plain, s = 0.05, n = 256";
    return [
      { name: "as found: n·s²/2, 1 + n·s²/2", world: world(found), right: ["CONDITIONAL"], wanted: "CONDITIONAL" },
      { name: "all shrink", world: world(() => -0.4), right: ["SUPPORTED"], wanted: "SUPPORTED" },
      { name: "none shrinks", world: world(() => 0.2), right: ["REFUTED"], wanted: "REFUTED" },
      { name: "all shrink but one, exactly 5 % a layer", world: world((_, __, arm) => (arm === one ? -RATE : -0.4)), right: [] },
      { name: "none shrinks but one, exactly 5 %", world: world((_, __, arm) => (arm === one ? -RATE : 0.2)), right: [] },
      { name: "as the law, but one of n·s² < 2 falls by exactly 5 %", world: world((h, s, arm) => (arm === one ? -RATE : law(h, s))), right: [] },
    ];
  },
  "vgg-with-bn": () => {
    const [normed, bare, real] = ["conv→BN→ReLU", "conv→ReLU", "VGG-16 with BN and poolings"];
    const world =
      (rate: number, vgg: number) =>
      (): World =>
      // Nine products for every channel: a third of the spread.
      (arm, depth) => ({ growth: arm === real ? vgg : arm === normed ? rate * depth : 0 * depth, spread: arm === bare ? 1 : 1 / 3 });
    const deepest = 50;
    return [
      { name: "as found: 1.47^L", world: world(0.383, 5.8), right: ["CONDITIONAL"], wanted: "CONDITIONAL" },
      { name: "below 100 at every depth", world: world(0.1, 3), right: ["SUPPORTED"], wanted: "SUPPORTED" },
      { name: "beyond 100 at 16 layers", world: world(0.8, 3), right: ["REFUTED"], wanted: "REFUTED" },
      { name: "exactly 100 at 16 layers", world: world(HUNDRED / 16, 3), right: [] },
      { name: "exactly 100 at 50 layers", world: world(HUNDRED / deepest, 3), right: [] },
      { name: "the VGG-16 exactly at 100", world: world(0.383, HUNDRED), right: [] },
    ];
  },
  "activation-after-bn": () => {
    const world =
      (relu: readonly [number, number], tanh: readonly [number, number], alone: number | "exactly 100") =>
      (size: Budget): World => {
        const end = alone === "exactly 100" ? HUNDRED / last(size) : alone;
        const rates: Readonly<Record<string, number>> = {
          "BN→ReLU": relu[0],
          "ReLU→BN": relu[1],
          "BN→tanh": tanh[0],
          "tanh→BN": tanh[1],
          "BN only": end,
        };
        return (arm, depth) => ({ growth: depth * (rates[arm] ?? 0), spread: 0.6 });
      };
    return [
      {
        name: "as found: ReLU alike, tanh not, BN alone flat",
        world: world([0.383, 0.395], [0.174, 0.302], 0.01),
        right: ["REFUTED"],
        wanted: "REFUTED",
      },
      { name: "the contrary: flat behind, growing before", world: world([0, 0.4], [0, 0.3], 0.2), right: ["SUPPORTED"], wanted: "SUPPORTED" },
      { name: "with ReLU only", world: world([0, 0.4], [0.2, 0.3], 0.2), right: ["CONDITIONAL"], wanted: "CONDITIONAL" },
      { name: "the orders with ReLU exactly 5 % apart", world: world([0.383, 0.383 + RATE], [0.174, 0.302], 0.01), right: [] },
      { name: "both orders with ReLU exactly at 5 % a layer", world: world([RATE, RATE], [0.174, 0.302], 0.01), right: [] },
      { name: "BN alone exactly at 100", world: world([0.383, 0.395], [0.174, 0.302], "exactly 100"), right: [] },
      { name: "before BN exactly 5 % a layer", world: world([0, RATE], [0, RATE], 0.2), right: [] },
    ];
  },
  "no-greater-risk": () => {
    const SPREAD = 2 * Math.log(1e4);
    /** Growth of networks of which a share p exceeds the spread, by the quantiles of .1, .3, .5, .7, .9. */
    const quantiles: Readonly<Record<string, number>> = { 0: -9, 0.1: -1.2816, 0.3: -0.5244, 0.5: 0, 0.7: 0.5244, 0.9: 1.2816, 1: 9 };
    /** Shares among the third with σ_w² = 4: plain, skip, with a norm plain, with a norm and a skip; the others never exceed it. */
    const world = (shares: readonly [number, number, number, number]) => (): World => (arm, depth) => {
      const share = arm.endsWith("= 4") ? shares[(arm.includes("BN") ? 2 : 0) + (arm.startsWith("x +") ? 1 : 0)]! : 0;
      return { growth: SPREAD + quantiles[share]! * 0.5 * Math.sqrt((5 * depth) / 64) };
    };
    return [
      { name: "as found: greater without norms, none with", world: world([0, 1, 0, 0]), right: ["CONDITIONAL"], wanted: "CONDITIONAL" },
      { name: "never greater", world: world([1, 0, 1, 0]), right: ["SUPPORTED"], wanted: "SUPPORTED" },
      { name: "greater with norms and without", world: world([0, 1, 0, 1]), right: ["REFUTED"], wanted: "REFUTED" },
      { name: "far greater without norms, exactly .1 with", world: world([0, 1, 0, 0.3]), right: ["REFUTED"] },
      { name: "exactly .1 greater, with norms and without", world: world([0, 0.3, 0, 0.3]), right: ["REFUTED"] },
      { name: "without norms the same, with them far greater", world: world([0.5, 0.5, 0, 1]), right: ["CONDITIONAL"] },
      { name: "the same with norms and without", world: world([0.5, 0.5, 0.5, 0.5]), right: ["SUPPORTED"] },
    ];
  },
};
