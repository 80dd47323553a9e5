import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { growthOf } from "../../src/verdict/growth.js";
import { isUncertain, judge, notFinite } from "../../src/verdict/judge.js";
import { DECISIONS } from "../../src/verdict/types.js";
import type { ProfileData, Verdict } from "../../src/verdict/types.js";
import { NETWORKS, chain, linear, numbers, profileOf, relu, sigmoid, tanh, withoutFirst, type Draw, type Step } from "./networks.js";

const LN10 = Math.LN10;
const all = (): boolean => true;
const BATCHES = { examples: 32, batches: 8 };

/** The profile of a network of width 100 drawn with a seed. */
function network(make: (d: Draw) => Step[], seed: number, options: Parameters<typeof profileOf>[2] = { examples: 8 }): ProfileData {
  const d: Draw = { width: 100, normal: numbers(seed).normal };
  return profileOf(make(d), d, options);
}

/** A profile of one replicate from its increments on the square, input to output; the activations mirror the gradient when `units`. */
function profile(increments: readonly number[], units = false, restarts: readonly boolean[] = increments.map(() => false)): ProfileData {
  const gradient = [0];
  for (const a of increments) gradient.push(gradient.at(-1)! - a / 2);
  return { gradient: [gradient], activation: [gradient.map((g) => (units ? -g : 0))], over: undefined, restarts };
}

const tally = (verdicts: readonly Verdict[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const v of verdicts) counts[v.decision] = (counts[v.decision] ?? 0) + 1;
  return counts;
};

// 200 plain He nets, n = 100, L = 50: a random walk that a least-squares slope calls significant in 84 % of cases.
describe("healthy He nets", () => {
  let profiles: ProfileData[];
  beforeAll(() => {
    profiles = Array.from({ length: 200 }, (_, seed) => network((d) => NETWORKS.plain(d, 50), seed));
  });

  it("raises at most 5 % false alarms", () => {
    const verdicts = profiles.map((p) => judge(p));
    expect(tally(verdicts).healthy).toBeGreaterThanOrEqual(190);
    expect(verdicts.filter((v) => v.projection !== null).length).toBeLessThanOrEqual(10);
  });

  it("covers the mean rate with the interval over blocks", () => {
    const growths = profiles.map((p) => growthOf(p.gradient, p.over, "exponential"));
    const truth = growths.reduce((sum, g) => sum + Math.log(g.perBlock!), 0) / growths.length;
    const covered = growths.filter((g) => g.over === "blocks" && Math.log(g.low!) < truth && truth < Math.log(g.high!)).length;
    // 94 % expected: below 180 of 200 has a chance of about 1 %.
    expect(covered).toBeGreaterThanOrEqual(180);
    expect(truth).toBeCloseTo(-5 / 2 / 100, 1);
  });
});

it("says its verdict with the decision before it, and without", () => {
  const profiles = [
    [0.1, 0.1],
    new Array<number>(12).fill(2),
    new Array<number>(12).fill(-2),
    [...new Array<number>(9).fill(2), ...new Array<number>(9).fill(-2)],
    [],
  ];
  const verdicts = [
    ...profiles.map((p) => judge(profile(p))),
    judge({ ...profile([1]), gradient: [[NaN, 0]] }),
    judge({ ...profile([1]), gradient: [[-Infinity, 0]] }),
    judge({ ...profile([1]), gradient: [[-Infinity, -Infinity]] }),
    notFinite({ kind: "results-not-finite", results: ["the loss"], cause: { node: "log", op: "Log" }, examples: 2, of: 8, outputsOnly: false }),
  ];
  expect(new Set(verdicts.map((v) => v.decision))).toEqual(new Set(DECISIONS));
  for (const { decision, sentence, statement } of verdicts) {
    expect(statement).toMatch(/^[A-Z].*\.$/);
    expect(sentence.toLowerCase()).toBe(`${decision}: ${statement.toLowerCase()}`);
    expect(sentence.slice(0, 1)).toBe(decision.slice(0, 1).toUpperCase());
  }
});

// Each row: nets of width 100 of three seeds, all of which must get the verdict. Their expected spreads are at least e² beyond the threshold.
describe("networks of known laws", () => {
  const cases: [string, (d: Draw) => Step[], Partial<Verdict>, Parameters<typeof profileOf>[2]?, number?][] = [
    ["ReLU, σ_w² = 3: 1.5^50", (d) => NETWORKS.plain(d, 50, 3), { decision: "exploding", cause: "units", law: "exponential" }],
    ["ReLU, σ_w² = 1: 0.5^50", (d) => NETWORKS.plain(d, 50, 1), { decision: "vanishing", cause: "units", law: "exponential" }],
    ["chaotic tanh, σ_w² = 4", (d) => NETWORKS.plain(d, 80, 4, tanh), { decision: "exploding", cause: "dynamics" }],
    ["ordered tanh, σ_w² = 0.7, with its transient", (d) => NETWORKS.plain(d, 50, 0.7, tanh), { decision: "vanishing", cause: "units" }],
    ["sigmoid", (d) => NETWORKS.plain(d, 12, 1, sigmoid), { decision: "vanishing", cause: "dynamics" }],
    ["bare skip, 2^20", (d) => NETWORKS.bareSkip(d, 20), { decision: "exploding", cause: "units" }],
    ["skip scaled by 1/√L", (d) => NETWORKS.bareSkip(d, 50, 1 / Math.sqrt(50)), { decision: "healthy", cause: null, projection: null }],
    ["Highway, T = σ(−2), 0.804^L", (d) => NETWORKS.highway(d, 100), { decision: "vanishing", cause: "units" }],
    ["shortcut × 0.5, 54 blocks", (d) => NETWORKS.scaledShortcut(d, 54), { decision: "vanishing", cause: "units", law: "exponential" }],
    ["pre-LN, L + 1", (d) => NETWORKS.preLayerNorm(d, 100), { decision: "healthy", law: "sub-exponential" }],
    ["residual tanh, exp √L", (d) => NETWORKS.residualTanh(d, 100), { decision: "healthy", law: "sub-exponential" }],
    ["a V: 2.25^15 and 0.45^15", (d) => [...NETWORKS.plain(d, 15, 0.9), ...NETWORKS.plain(d, 15, 4.5)], { decision: "mixed", cause: "units" }],
    [
      "BN plain, 40 blocks",
      (d) => NETWORKS.batchNormPlain(d, 40),
      { decision: "exploding", cause: "dynamics", law: "exponential" },
      { ...BATCHES, restarts: all },
      1,
    ],
    ["pre-activation, 50 blocks", (d) => NETWORKS.preAct(d, 50), { decision: "healthy", law: "sub-exponential" }, BATCHES, 1],
    ["ReLU(x + BN(W·x)), 50 blocks", (d) => NETWORKS.residualOne(d, 50), { decision: "healthy", law: "sub-exponential" }, BATCHES, 1],
    [
      "norm on the trunk, 1.19^80",
      (d) => NETWORKS.normOnTrunk(d, 80),
      { decision: "exploding", law: "exponential" },
      { ...BATCHES, restarts: all },
      1,
    ],
  ];
  for (const [name, make, expected, options, seeds] of cases) {
    it(name, () => {
      for (let seed = 1; seed <= (seeds ?? 3); seed++) expect(judge(withoutFirst(network(make, seed, options)))).toMatchObject(expected);
    });
  }

  it("finds the constant of BatchNorm, and projects it from a shallow net", () => {
    const v = judge(withoutFirst(network((d) => NETWORKS.batchNormPlain(d, 13), 2, { ...BATCHES, restarts: all })));
    expect(v).toMatchObject({ decision: "healthy", law: "exponential", gradient: { over: "blocks" } });
    // π/(π − 1) = 1.467 in the wide limit, 1.51–1.53 at N = 32.
    expect(v.gradient.low).toBeLessThan(1.53);
    expect(v.gradient.high).toBeGreaterThan(1.46);
    expect(v.projection).toBeGreaterThanOrEqual(20);
    expect(v.projection).toBeLessThanOrEqual(26);
    expect(v.sentence).toMatch(/it would reach ×100 at 2\d blocks/);
  });

  it("is not misled by gains that alternate", () => {
    const alternating = (d: Draw): Step[] => Array.from({ length: 40 }, (_, b) => chain(linear(d, b % 2 === 0 ? 2.6 : 3.4), relu));
    expect(judge(network(alternating, 5))).toMatchObject({ decision: "exploding", cause: "units" });
  });
});

// Measured with torch at torchvision's own initialisation (tools/fixtures/verdict_profiles.py); all of these networks train.
describe("standard networks at initialisation", () => {
  const measured = JSON.parse(readFileSync(new URL("../fixtures/verdict/profiles.json", import.meta.url), "utf8")) as Record<string, ProfileData>;
  for (const [name, data] of Object.entries(measured)) it(`${name} is healthy`, () => expect(judge(data).decision).toBe("healthy"));

  it("says polynomial of the deep ones, with the spread", () => {
    expect(judge(measured.resnet50!).sentence).toBe(
      "Healthy: over 16 blocks the norm of the gradient grows ×242 towards the input, but only as a power of the depth.",
    );
    expect(judge(measured.resnet101!)).toMatchObject({ law: "sub-exponential", projection: null });
    expect(judge(measured.resnet152!).law).toBe("sub-exponential");
  });

  it("judges spreads of 108, 518 and 2127 alike", () => {
    const stages = { 108: [3, 4, 6, 3], 518: [3, 4, 23, 3], 2127: [3, 8, 36, 3] };
    for (const [spread, lengths] of Object.entries(stages)) {
      // c/(pos + 2) within each stage, and a projection that takes back a part; c makes the largest rise the one wanted.
      const shape = lengths.flatMap((n) => Array.from({ length: n }, (_, i) => (i === 0 ? -0.1 : 1 / (i + 2))));
      const noise = numbers(Number(spread)).normal;
      const restarts = lengths.flatMap((n) => Array.from({ length: n }, (_, i) => i === 0));
      const scale = (2 * Math.log(Number(spread))) / shape.reduce((a, b) => a + b, 0);
      const v = judge(profile(shape.map((a) => a * scale + 0.02 * noise()), false, restarts)); // prettier-ignore
      expect(v, spread).toMatchObject({ decision: "healthy", law: "sub-exponential" });
    }
  });

  it("does not excuse a polynomial beyond 10⁴", () => {
    const v = judge(profile(Array.from({ length: 200 }, (_, b) => 6 / (b + 2))));
    expect(v).toMatchObject({ decision: "exploding", law: "sub-exponential" });
  });
});

describe("invariance", () => {
  it("does not see a factor on the loss", () => {
    for (const make of [(d: Draw) => NETWORKS.bareSkip(d, 12), (d: Draw) => NETWORKS.plain(d, 30, 4, tanh)]) {
      const data = network(make, 7, { examples: 12 });
      for (const factor of [65536, 1e-6]) {
        const scaled = { ...data, gradient: data.gradient.map((row) => row.map((g) => g + Math.log(factor))) };
        expect(judge(scaled)).toEqual(judge(data));
      }
    }
  });

  it("turns around with the profile", () => {
    const data = network((d) => NETWORKS.plain(d, 30, 1), 3);
    const mirror = judge({
      ...data,
      gradient: data.gradient.map((row) => row.map((g) => -g)),
      activation: data.activation.map((row) => row.map((a) => -a)),
    });
    const v = judge(data);
    expect([v.decision, mirror.decision]).toEqual(["vanishing", "exploding"]);
    expect(mirror.rise.value).toBeCloseTo(v.fall.value, 8);
    expect(mirror.gradient.perBlock! * v.gradient.perBlock!).toBeCloseTo(1, 8);
  });

  it("is the same twice, and hardly moved by the seed of the resamples", () => {
    const data = network((d) => NETWORKS.plain(d, 30, 3), 3, { examples: 16 });
    expect(judge(data)).toEqual(judge(data));
    expect(Math.abs(judge(data, 2).rise.low - judge(data, 1).rise.low)).toBeLessThan(0.1);
  });
});

describe("shapes and edges", () => {
  it("decides 2^L of bare skips in the wide limit from 14 blocks on", () => {
    const skips = (n: number): Verdict => judge(profile(Array<number>(n).fill(Math.LN2), true));
    expect(skips(14)).toMatchObject({ decision: "exploding", cause: "units", law: "exponential", from: 0, to: 14 });
    expect(skips(13)).toMatchObject({ decision: "healthy", projection: 14 });
  });

  it("gives no law below six blocks", () => {
    expect(judge(profile([3, 3, 3, 3, 3]))).toMatchObject({ law: "undetermined", decision: "exploding", projection: null });
    expect(judge(profile([3, 3, 3, 3, 3, 3])).law).toBe("exponential");
  });

  it("has low = high = value for one replicate, and no interval of growth", () => {
    const v = judge(profile([0.2, -0.1, 0.3, 0.1, -0.2, 0.1, 0]));
    expect([v.rise.low, v.rise.high]).toEqual([v.rise.value, v.rise.value]);
    expect(v.gradient).toMatchObject({ low: null, high: null, over: null });
  });

  it("is undecided where the interval holds the threshold", () => {
    const data = network((d) => NETWORKS.plain(d, 50, 2.5), 1);
    expect(judge(data)).toMatchObject({ decision: "undecided", cause: null });
    expect(judge(data).sentence).toContain("both sides of ×100");
  });

  it("is not undecided about a huge growth because of a fall near the threshold", () => {
    const rows = [4.3, 4.8, 4.4, 4.9, 4.5, 4.7, 4.6, 4.6].map((fall) => [200, 200 + fall, 100, 50, 0]);
    const v = judge({ gradient: rows, activation: rows.map((r) => r.map(() => 0)), over: "examples", restarts: [false, false, false, false] });
    expect(v.decision).toBe("exploding");
    expect(v.fall.high).toBeGreaterThan(Math.log(100));
  });

  it("prints growth beyond a double as a power of ten", () => {
    const v = judge(profile(Array<number>(1000).fill((2 * 520 * LN10) / 1000)));
    expect(v.sentence).toContain("×10^520");
  });

  it("counts an exactly flat net as healthy", () => {
    expect(judge(profile(Array<number>(50).fill(0)))).toMatchObject({ decision: "healthy", law: "undetermined", projection: null });
    expect(judge(profile([])).decision).toBe("healthy");
  });

  it("leaves out examples without a gradient", () => {
    const data = network((d) => NETWORKS.plain(d, 20, 4), 1, { examples: 10 });
    const dead = data.gradient.map((row, r) => (r < 2 ? row.map((g, l) => (l <= r * 5 ? -Infinity : g)) : row));
    const left = { ...data, gradient: data.gradient.slice(2), activation: data.activation.slice(2) };
    expect(judge({ ...data, gradient: dead })).toEqual(judge(left));
  });

  it("calls a gradient that ends for every example vanishing", () => {
    const data = network((d) => NETWORKS.plain(d, 20), 1);
    const v = judge({ ...data, gradient: data.gradient.map((row, r) => row.map((g, l) => (l < 5 + (r % 2) ? -Infinity : g))) });
    expect(v).toMatchObject({ decision: "vanishing", cause: "dynamics", from: 5, to: 6, fall: { value: Infinity } });
    expect(v.sentence).toContain("exactly zero");
    expect(judge({ ...data, gradient: data.gradient.map((row) => row.map(() => -Infinity)) }).decision).toBe("undecided");
    expect(judge({ gradient: [], activation: [], over: undefined, restarts: [false] }).decision).toBe("undecided");
  });

  it("calls gradients that are not numbers non-finite, and says where", () => {
    const data = network((d) => NETWORKS.plain(d, 20), 1);
    for (const bad of [NaN, Infinity]) {
      const v = judge({ ...data, gradient: data.gradient.map((row, r) => row.map((g, l) => (r === 3 && l <= 7 ? bad : g))) });
      expect(v.decision).toBe("non-finite");
      expect(v.sentence).toMatch(/1 of 8 replicates.*from block 8 of the body's 20 back/);
    }
  });

  it("gives no scale-free figures where activations are exactly zero", () => {
    const data = network((d) => NETWORKS.plain(d, 50, 4), 1);
    const v = judge({ ...data, activation: data.activation.map((row) => row.map(() => -Infinity)) });
    expect(v).toMatchObject({ decision: "exploding", cause: null, scaleFree: { perBlock: null } });
    expect(v.scaleFreeRise.value).toBeNaN();
  });

  it("trusts no gradient where values on the way forward are not numbers", () => {
    const data = network((d) => NETWORKS.plain(d, 20, 4), 1);
    for (const bad of [NaN, Infinity]) {
      const v = judge({ ...data, activation: data.activation.map((row, r) => (r === 2 ? row.map((a, l) => (l > 9 ? bad : a)) : row)) });
      expect(v).toMatchObject({ decision: "non-finite", cause: null });
      expect(v.sentence).toContain("in 1 of 8 replicates values on the way forward");
    }
  });
});

// Steps in time share their weights: a fall starves no parameter, and says only how short the memory is.
describe("over time", () => {
  const over = (ln: number, blocks = 20): ProfileData => ({ ...profile(Array<number>(blocks).fill((2 * ln) / blocks)), overTime: true });

  it("is undecided near 10⁷, and names the fall alone", () => {
    const near = (ln: number, width: number): Verdict => {
      const row = over(-ln).gradient[0]!;
      const gradient = Array.from({ length: 12 }, (_, r) => row.map((v) => v * (1 + (width * (r - 5.5)) / 5.5)));
      return judge({ ...over(-ln), activation: [], gradient, over: "examples" });
    };
    const v = near(7 * LN10, 0.05);
    expect(v.decision).toBe("undecided");
    expect(v.statement).toMatch(
      /^Towards the input the norm of the gradient shrinks at most ÷.*, which leaves both sides of ÷\S+ for a fall possible\.$/,
    );
    expect(v.statement).not.toMatch(/grows|×/);
    expect([near(6.5 * LN10, 0.05).decision, near(7.5 * LN10, 0.05).decision]).toEqual(["healthy", "vanishing"]);
  });

  it("projects no fall: ÷100 starves nothing", () => {
    const mildFall = {
      ...over(-3, 20),
      activation: [],
      over: "examples" as const,
      gradient: Array<readonly number[]>(8).fill(over(-3, 20).gradient[0]!),
    };
    expect(judge(mildFall).projection).toBeNull();
    expect(judge({ ...mildFall, overTime: false }).projection).not.toBeNull();
  });

  it("a fall counts from 10⁷ on, whatever the law; a rise as ever", () => {
    const at = (decades: number): string => judge(over(decades * LN10)).decision;
    expect([-3, -6.9, -7.1, -30].map(at)).toEqual(["healthy", "healthy", "vanishing", "vanishing"]);
    expect([1.9, 2.1, 30].map(at)).toEqual(["healthy", "exploding", "exploding"]);
    expect(judge({ ...over(-3 * LN10), overTime: false }).decision).toBe("vanishing");
    const power = profile(Array.from({ length: 60 }, (_, b) => -9.5 / (b + 1)));
    expect([judge(power), judge({ ...power, overTime: true })].map((v) => [v.law, v.decision])).toEqual([
      ["sub-exponential", "vanishing"],
      ["sub-exponential", "vanishing"],
    ]);
  });

  it("is mixed only where both a rise and such a fall are there", () => {
    const both = (rise: number, fall: number): string =>
      judge({ ...profile([...Array<number>(9).fill((2 * rise) / 9), ...Array<number>(9).fill((-2 * fall) / 9)]), overTime: true }).decision;
    expect([both(7, 6), both(6, 17), both(1, 6)]).toEqual(["exploding", "mixed", "healthy"]);
  });
});

// One profile has no interval of its own: that of batches like it stands in.
describe("the scatter of other batches", () => {
  const steady = profile(Array<number>(12).fill(0.9));
  /** Rows of other batches whose rise differs from that of the profile by these. */
  const rows = (...by: readonly number[]): readonly (readonly number[])[] => by.map((d) => steady.gradient[0]!.map((g, l) => g - (d * l) / 12));

  it("gives the spread an interval, symmetric about its value, that widens with it", () => {
    const alone = judge(steady);
    expect([alone.decision, alone.rise.low, alone.rise.high]).toEqual(["exploding", alone.rise.value, alone.rise.value]);
    const [narrow, wide] = [0.01, 0.5].map((s) => judge({ ...steady, others: rows(-s, s, 0, s, -s, 0, s, -s) })) as [Verdict, Verdict];
    for (const v of [narrow, wide]) {
      expect(v.rise.value).toBe(alone.rise.value);
      expect(v.rise.high - v.rise.value).toBeCloseTo(v.rise.value - v.rise.low, 8);
    }
    expect([narrow.decision, wide.decision]).toEqual(["exploding", "undecided"]);
    expect(wide.rise.high - wide.rise.low).toBeCloseTo(50 * (narrow.rise.high - narrow.rise.low), 6);
    // Student's t with 7 degrees of freedom on √(6·0.25/7), for a single draw.
    expect(wide.rise.high - wide.rise.value).toBeCloseTo(2.3646 * Math.sqrt((6 * 0.25) / 7), 3);
    expect(wide.sentence).toContain("95 % of single batches like this one");
  });

  it("is no scatter of fewer than three, nor where there are replicates", () => {
    expect(judge({ ...steady, others: rows(1, -1) })).toEqual(judge(steady));
    expect(judge({ ...steady, others: rows(1, -1, 2).map((r) => r.map(() => -Infinity)) })).toEqual(judge(steady));
    const replicates = { ...steady, gradient: [...rows(0.1, -0.1, 0.05, 0)], activation: [], over: "batches" as const };
    expect(judge({ ...replicates, others: rows(3, -3, 2) })).toEqual(judge(replicates));
  });
});

describe("a verdict without an interval is uncertain", () => {
  const ONE = { examples: 1, values: undefined };
  const of = (ln: number): Verdict => judge(profile(Array<number>(10).fill((2 * ln) / 10)));

  it("near a threshold, the nearer the more examples there are", () => {
    const at = (ln: number, examples: number): boolean => isUncertain(of(ln), false, { examples, values: undefined });
    expect([at(Math.log(100), 1), at(Math.log(100) + 2, 1), at(Math.log(100) + 2, 64), at(Math.log(100) + 0.1, 64)]).toEqual([
      true,
      true,
      false,
      true,
    ]);
    expect([at(-Math.log(100) - 2, 1), at(-Math.log(100) - 2, 64), at(0.5, 1), at(-0.5, 1)]).toEqual([true, false, false, false]);
    expect([at(Math.log(1e4) - 1, 1), at(25, 1), at(-25, 1)]).toEqual([true, false, false]);
  });

  it("by the values of its norms, where these run over the batch", () => {
    const at = (values: number): boolean => isUncertain(of(Math.log(100) + 0.5), false, { examples: 2, values });
    expect([at(2), at(64), at(1024)]).toEqual([true, true, false]);
  });

  it("over time near 10⁷ for a fall", () => {
    const at = (ln: number): boolean => isUncertain({ ...of(ln), rise: { value: 0, low: 0, high: 0 } }, true, ONE);
    expect([at(-Math.log(1e7)), at(-Math.log(100)), at(-40)]).toEqual([true, false, false]);
  });

  it("but not with an interval, nor where nothing is finite", () => {
    const v = of(Math.log(100));
    expect(isUncertain({ ...v, rise: { ...v.rise, low: 1, high: 8 } }, false, ONE)).toBe(false);
    expect(isUncertain({ ...v, decision: "non-finite" }, false, ONE)).toBe(false);
    expect(isUncertain(judge({ ...profile([1, 1]), gradient: [[-Infinity, 0, 0]] }), false, ONE)).toBe(false);
  });
});
