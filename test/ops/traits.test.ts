import { describe, expect, it } from "vitest";
import { isFloat, sizeOf } from "../../src/graph/tensor.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { AttrReader } from "../../src/ops/attrs.js";
import type { Example, Op } from "../../src/ops/op.js";
import { isPrimitive } from "../../src/ops/op.js";
import { allOps, opNamed, traitsOf } from "../../src/ops/registry.js";
import type { Traits } from "../../src/ops/traits.js";
import { broadcast, coordinates, dependents, ofScalars, placeIn, probed } from "../support/probing.js";
import type { Probed } from "../support/probing.js";

const ops = allOps().filter((op) => op.examples.length > 0);
const having = (trait: keyof Traits): readonly Op[] => ops.filter((op) => op.traits?.[trait] !== undefined);
const namesOf = (list: readonly Op[]): readonly string[] => [...new Set(list.map((op) => op.name))].sort();
const each = (trait: keyof Traits): readonly (readonly [string, Op])[] => having(trait).map((op) => [op.name, op] as const);
const examplesOf = (op: Op): readonly Probed[] => op.examples.map((e) => probed(op, e));
/** Names of the ops of which something holds for every example that says anything about it (`undefined`: this one does not). */
const those = (holds: (p: Probed) => boolean | undefined, among: readonly Op[] = ops): readonly string[] =>
  namesOf(
    among.filter((op) => {
      const verdicts = examplesOf(op).flatMap((p) => holds(p) ?? []);
      return verdicts.length > 0 && verdicts.every(Boolean);
    }),
  );
const close = (a: number, b: number, tolerance = 1e-9): boolean => Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b));
const valuesOf = (t: Tensor): number[] => Array.from(t.data, Number);
const firstPort = (op: Op): string => Object.keys(op.inputs)[0]!;
const numbersFrom = (n: number, f: (i: number) => number): number[] => Array.from({ length: n }, (_, i) => f(i));

/** Whether every output element depends on the elements at its own place alone, tried at a few places. */
function isLocal(p: Probed): boolean | undefined {
  const before = p.run()[0]!;
  const given = p.graph.inputs.map((i) => p.graph.types.get(i.name)!.shape);
  const constants = p.raw.nodes[0]!.inputs.flatMap((v) => (p.feeds.has(v) || v === "" ? [] : [p.graph.initializers.get(v)!.shape]));
  const to = broadcast([...given, ...constants]);
  if (p.feeds.size === 0 || before.data.length === 0) return undefined;
  if (to?.join() !== before.shape.join()) return false;
  for (const [name, t] of p.feeds) {
    for (const at of new Set([0, Math.floor(t.data.length / 2), t.data.length - 1])) {
      const data = valuesOf(t);
      data[at] = isFloat(t.dtype) ? 0.9 * data[at]! + 0.01 : 1 - data[at]!;
      if (t.dtype.startsWith("u")) data[at] = Math.abs(data[at]);
      const after = p.run({ [name]: data })[0]!;
      for (let j = 0; j < after.data.length; j++) {
        if (!Object.is(after.data[j], before.data[j]) && placeIn(t.shape, to, j) !== at) return false;
      }
    }
  }
  return true;
}

/** Whether the same happens everywhere: turning all inputs round turns the output round. Asked where none broadcasts but single numbers. */
function isUniform(p: Probed): boolean | undefined {
  const before = p.run()[0]!;
  const single = (t: Tensor): boolean => t.data.length === 1;
  const fits = [...p.feeds.values()].every((t) => single(t) || t.shape.join() === before.shape.join());
  if (p.feeds.size === 0 || !fits || ![...p.graph.initializers.values()].every(single)) return undefined;
  const turned = p.run(Object.fromEntries([...p.feeds].map(([name, t]) => [name, valuesOf(t).reverse()])))[0]!;
  return valuesOf(turned).every((v, i) => Object.is(v, before.data[before.data.length - 1 - i]));
}

/** For each element of the output the element of the first input that it is, whatever the values; -1 where it is a constant; undefined where it is none. */
function movedFrom(p: Probed): readonly number[] | undefined {
  const t = p.feeds.get(firstPort(p.op));
  if (!t || !isFloat(t.dtype) || t.data.length < 2) return undefined;
  const n = t.data.length;
  const runs = [numbersFrom(n, (i) => 0.0011 + 0.001 * i), numbersFrom(n, (i) => -0.9 + 0.0017 * ((7 * i) % n) + 1e-7 * i)];
  const [a, b] = runs.map((values) => valuesOf(p.run({ [firstPort(p.op)]: values })[0]!)) as [number[], number[]];
  const from = a.map((v) => runs[0]!.indexOf(v));
  return from.every((k, j) => (k < 0 ? a[j] === b[j] : runs[1]![k] === b[j])) ? from : undefined;
}

describe("elementwise", () => {
  it.each(each("elementwise"))("%s depends on the elements at its own place alone, by one function", (_, op) => {
    for (const p of examplesOf(op)) {
      expect(isLocal(p) ?? true).toBe(true);
      expect(isUniform(p) ?? true).toBe(true);
    }
  });
  it("is the trait of all that do so", () => {
    const found = those((p) => (isLocal(p) === false ? false : isUniform(p) === undefined ? undefined : isUniform(p)! && isLocal(p)));
    // Without a seed draws are means, and the example of Loop adds.
    const explained = ["Bernoulli", "Dropout", "ExpectedMask", "Loop"];
    expect(found.filter((name) => !explained.includes(name) && !namesOf(having("elementwise")).includes(name))).toEqual([]);
  });
});

describe("arithmetic", () => {
  const MEANINGS: Readonly<Record<NonNullable<Traits["arithmetic"]>, (xs: readonly number[]) => number>> = {
    sum: (xs) => xs.reduce((s, x) => s + x, 0),
    mean: (xs) => xs.reduce((s, x) => s + x, 0) / xs.length,
    difference: ([a, b]) => a! - b!,
    product: ([a, b]) => a! * b!,
    quotient: ([a, b]) => a! / b!,
    negative: ([a]) => -a!,
  };
  it.each(each("arithmetic"))("%s does what it says", (_, op) => {
    for (const p of examplesOf(op)) {
      if ([...p.feeds.values()].some((t) => !isFloat(t.dtype)) || p.graph.initializers.size > 0) continue;
      const [y] = p.run();
      const xs = [...p.feeds.values()];
      valuesOf(y!).forEach((v, j) => {
        const wanted = MEANINGS[op.traits!.arithmetic!](xs.map((t) => t.data[placeIn(t.shape, y!.shape, j)]!));
        expect(close(v, wanted)).toBe(true);
      });
    }
  });
  it("is the trait of all that do so on two numbers", () => {
    const pairs = [
      [0.5, 2],
      [-1.5, 0.25],
      [3, -4],
    ] as const;
    for (const [name, f] of Object.entries(MEANINGS)) {
      if (name === "negative") continue;
      const found = having("elementwise").filter((op) => pairs.every((xs) => ofScalars(op, xs) === f(xs)));
      expect(namesOf(found)).toEqual(namesOf(ops.filter((op) => op.traits?.arithmetic === name)));
    }
    const negative = having("elementwise").filter((op) => [2, -0.5, 3].every((x) => ofScalars(op, [x]) === -x));
    expect(namesOf(negative)).toEqual(["Neg"]);
  });
});

describe("functions of single numbers", () => {
  const matching = (test: (f: (...xs: readonly number[]) => number | undefined) => boolean, attrs?: Example["attrs"]): readonly string[] =>
    namesOf(ops.filter((op) => test((...xs) => ofScalars(op, xs, attrs))));

  it("compares", () => {
    const below = matching((f) => f(1, 2) === 1 && f(2, 1) === 0 && f(-3, 0.5) === 1 && f(7, -7) === 0);
    const above = matching((f) => f(1, 2) === 0 && f(2, 1) === 1 && f(-3, 0.5) === 0 && f(7, -7) === 1);
    const equal = matching((f) => f(1, 2) === 0 && f(2, 1) === 0 && f(0.5, 0.5) === 1 && f(3, 3) === 1);
    const of = (what: string): readonly string[] => namesOf(ops.filter((op) => op.traits?.compares === what));
    expect([below, above, equal]).toEqual([of("below"), of("above"), of("equal")]);
  });
  it("floors", () => {
    expect(matching((f) => f(1.5) === 1 && f(-1.5) === -2 && f(2) === 2 && f(-0.25) === -1)).toEqual(namesOf(having("floors")));
  });
  it("rectifies", () => {
    const flat = (f: (x: number) => number | undefined): boolean => [0.25, 0.5, 3].every((x) => f(x) === x) && [-0.25, -3].every((x) => f(x) === 0);
    expect(matching(flat)).toEqual(namesOf(ops.filter((op) => op.traits?.rectifies === "flat")));
    const leaky = (f: (x: number) => number | undefined): boolean => {
      const slope = f(-1)! / -1;
      return slope > 0 && slope !== 1 && [0.25, 0.5, 3].every((x) => f(x) === x) && [-0.25, -3].every((x) => close(f(x) ?? NaN, slope * x));
    };
    const own = having("elementwise").filter((op) => leaky((x) => ofScalars(op, [x])) || leaky((x) => ofScalars(op, [x, 0.3])));
    expect(namesOf(own)).toEqual(namesOf(ops.filter((op) => op.traits?.rectifies === "leaky")));
  });
  it.each(each("squashes"))("%s rises from one limit to the other", (_, op) => {
    const { low, high, reached } = op.traits!.squashes!;
    const xs = [-1e6, -8, -1, 0, 1, 8, 1e6];
    const ys = xs.map((x) => ofScalars(op, [x])!);
    ys.slice(1).forEach((y, i) => expect(y).toBeGreaterThanOrEqual(ys[i]!));
    expect(Math.abs(ys[0]! - low) + Math.abs(ys[6]! - high)).toBeLessThan(1e-5);
    expect(ys[5] === high && ys[1] === low).toBe(reached === true);
  });
  it("clamps, chooses, negates", () => {
    expect(matching((f) => f(-5, -1, 1) === -1 && f(0.5, -1, 1) === 0.5 && f(5, -1, 1) === 1)).toEqual(namesOf(having("clamps")));
    for (const [, op] of each("negates")) for (const p of examplesOf(op)) expect(valuesOf(p.run()[0]!)).toEqual(valuesOf(p.feeds.get(firstPort(op))!).map((v) => 1 - v)); // prettier-ignore
    for (const [, op] of each("chooses")) {
      for (const p of examplesOf(op)) {
        const [y] = p.run();
        const [c, a, b] = p.raw.nodes[0]!.inputs.map((v) => p.feeds.get(v) ?? p.graph.initializers.get(v)!);
        const at = (t: Tensor, j: number): number => Number(t.data[placeIn(t.shape, y!.shape, j)]);
        valuesOf(y!).forEach((v, j) => expect(v).toBe(at(c!, j) === 1 ? at(a!, j) : at(b!, j)));
      }
    }
  });
  it("casts: whole numbers stay, in another type", () => {
    for (const [, op] of each("casts")) {
      const types = new Set<string>();
      for (const p of examplesOf(op)) {
        const x = p.feeds.get(firstPort(op)) ?? p.graph.initializers.get(firstPort(op))!;
        const [y] = p.run();
        types.add(`${x.dtype} ${y!.dtype}`);
        valuesOf(x).forEach((v, i) => {
          if (isFloat(y!.dtype)) expect(close(Number(y!.data[i]), v, 1e-6)).toBe(true);
        });
      }
      expect([...types].some((t) => new Set(t.split(" ")).size === 2)).toBe(true);
    }
  });

  // What is not finite is asked of an op of one number, and of one of two numbers with either held fixed.
  const SECTIONS = [-1, 0.5, 1, 2];
  const sections = (op: Op): readonly ((x: number) => number | undefined)[] => [
    (x) => ofScalars(op, [x]),
    ...SECTIONS.flatMap((c) => [[0, c] as const, [1, c] as const]).map(([at, c]) => (x: number) => {
      // The remainder of floats has to be asked for.
      const attrs = op.attrs["fmod"] ? { fmod: 1 } : {};
      return ofScalars(op, at === 0 ? [x, c] : [c, x], attrs);
    }),
  ];
  const some = (test: (f: (x: number) => number | undefined) => boolean): readonly string[] => namesOf(ops.filter((op) => sections(op).some(test)));

  it("is steep where the slope has no bound", () => {
    const h = 1e-10;
    const slope = (f: (x: number) => number | undefined, edge: number, side: number): number =>
      Math.abs(((f(edge + 2 * side * h) ?? NaN) - (f(edge + side * h) ?? NaN)) / h);
    expect(some((f) => [-1, 0, 1].some((edge) => [-1, 1].some((side) => slope(f, edge, side) > 1e3)))).toEqual(namesOf(having("steep")));
  });
  it("overflows", () => {
    expect(some((f) => Number.isFinite(f(100) ?? NaN) && Math.abs(f(1100) ?? 0) === Infinity)).toEqual(namesOf(having("overflows")));
  });
  it("divides", () => {
    expect(some((f) => f(0) !== undefined && !Number.isFinite(f(0)!) && [-1, 1].every((x) => Number.isFinite(f(x) ?? NaN)))).toEqual(
      namesOf(having("divides")),
    );
  });
  it("is for positive numbers only", () => {
    const h = 1e-12;
    const found = ops.filter((op) => {
      const f = (x: number): number => ofScalars(op, [x]) ?? 0;
      return Number.isNaN(f(-1)) && Number.isFinite(f(1)) && (Math.abs(f(0)) === Infinity || Math.abs(f(h) - f(0)) / h > 1e3);
    });
    expect(namesOf(found)).toEqual(namesOf(having("positive")));
  });
});

describe("within", () => {
  it("is for ops of one number that are defined between −1 and 1 only", () => {
    const found = ops.filter((op) => {
      const f = (x: number): number => ofScalars(op, [x]) ?? 0;
      return [-1.001, 1.001].every((x) => Number.isNaN(f(x))) && [-0.999, 0, 0.999].every((x) => Number.isFinite(f(x)));
    });
    expect(namesOf(found)).toEqual(namesOf(having("within")));
  });
});

describe("exponent", () => {
  it("is for ops of two numbers that multiply the first with itself", () => {
    const found = ops.filter((op) => {
      const f = (x: number, y: number): number => ofScalars(op, [x, y]) ?? NaN;
      return [2, 0.5, 3].every((x) => f(x, 3) === x * x * x && f(x, 1) === x && f(x, 0) === 1);
    });
    expect(namesOf(found)).toEqual(namesOf(having("exponent")));
  });
});

describe("gate and probabilities", () => {
  const wide = (p: Probed): readonly Tensor[] => {
    const t = p.feeds.get(firstPort(p.op))!;
    return p.run({ [firstPort(p.op)]: numbersFrom(t.data.length, (i) => 9 * Math.sin(1 + 3 * i)) });
  };
  /** Differentiable ops of one float. */
  const single = ops.filter(
    (op) => isPrimitive(op) && typeof op.vjp === "function" && Object.values(op.inputs).filter((port) => !port.optional).length === 1,
  );
  const ofFloats = (p: Probed): boolean => p.feeds.size === 1 && isFloat(p.feeds.get(firstPort(p.op))?.dtype ?? "bool") && isFloat(p.run()[0]!.dtype);

  it("gates lie between 0 and 1 whatever comes in, and no other op of one input does", () => {
    const found = those((p) => {
      const y = ofFloats(p) ? valuesOf(wide(p)[0]!) : [];
      return new Set(y).size > 1 ? y.every((v) => v >= 0 && v <= 1) : undefined;
    }, single);
    expect(found).toEqual(namesOf(having("gate")));
  });
  it("probabilities along an axis sum to 1, and no other op's outputs do", () => {
    const sums = (p: Probed, as: (v: number) => number): boolean => {
      const [y] = wide(p);
      const axis = (((p.example.attrs?.["axis"] as number | undefined) ?? -1) + y!.shape.length) % y!.shape.length;
      const total = new Map<string, number>();
      valuesOf(y!).forEach((v, i) => {
        const key = coordinates(y!.shape, i)
          .filter((_, d) => d !== axis)
          .join();
        total.set(key, (total.get(key) ?? 0) + as(v));
      });
      return [...total.values()].every((s) => close(s, 1));
    };
    const found = those((p) => (ofFloats(p) && p.run()[0]!.shape.length > 0 ? sums(p, (v) => v) || sums(p, Math.exp) : undefined), single);
    expect(found).toEqual(namesOf(ops.filter((op) => op.traits?.probabilities === "axis")));
    for (const op of ops.filter((o) => o.traits?.probabilities === "each"))
      for (const z of [-3, 0, 0.7]) expect(ofScalars(op, [z])).toBeCloseTo(1 / (1 + Math.exp(-z)), 14);
  });
});

describe("moves", () => {
  const count = (list: readonly number[], n: number): readonly number[] => numbersFrom(n, (k) => list.filter((v) => v === k).length);

  it.each(each("moves"))("%s moves elements as it says", (_, op) => {
    let told = 0;
    for (const p of examplesOf(op)) {
      const x = p.feeds.get(firstPort(op));
      if (!x || !isFloat(x.dtype) || x.data.length < 2) continue;
      told++;
      const from = movedFrom(p);
      expect(from, p.example.name).toBeDefined();
      const times = count(from!, x.data.length);
      const constants = from!.filter((k) => k < 0).length;
      const constant = (p.example.attrs?.["mode"] ?? "constant") === "constant";
      switch (op.traits!.moves!) {
        case "rearranges":
          expect([times.every((n) => n === 1), constants]).toEqual([true, 0]);
          break;
        case "repeats":
          expect([new Set(times).size, constants]).toEqual([1, 0]);
          break;
        case "selects":
          expect(constants).toBe(0);
          break;
        case "pads":
          if (constant) expect(times.every((n) => n <= 1)).toBe(true);
          else expect(constants).toBe(0);
          break;
        case "fills":
          expect(times.every((n) => n <= 1)).toBe(true);
      }
    }
    expect(told).toBeGreaterThan(0);
  });
  it("tells kinds apart: some example selects, pads or fills, and is no mere rearrangement", () => {
    for (const [name, op] of each("moves")) {
      if (op.traits!.moves === "rearranges") continue;
      const mere = examplesOf(op).every((p) => {
        const from = movedFrom(p);
        return from === undefined || [...from].sort((a, b) => a - b).join() === numbersFrom(p.feeds.get(firstPort(op))!.data.length, (i) => i).join();
      });
      expect(mere, name).toBe(false);
    }
  });
  it("is the trait of all that only move their first input", () => {
    const found = those((p) => {
      const x = p.feeds.get(firstPort(p.op));
      if (!x || !isFloat(x.dtype) || x.data.length < 2) return undefined;
      const from = movedFrom(p);
      return from !== undefined && (from.length === 0 || from.some((k) => k >= 0));
    });
    // Concat and Split have traits of their own, Dropout is the identity without a seed, and Scatter and TensorScatter move two inputs.
    const explained = ["Concat", "Dropout", "Scatter", "Split", "TensorScatter"];
    expect(found.filter((name) => !explained.includes(name))).toEqual(namesOf(having("moves")));
  });
  it.each(each("lookup"))("%s selects what its second input says", (_, op) => {
    for (const p of examplesOf(op)) {
      const [data, indices] = Object.keys(op.inputs) as [string, string];
      const x = p.feeds.get(data);
      if (!x || !isFloat(x.dtype)) continue;
      const wanted = p.feeds.get(indices) ?? p.graph.initializers.get(indices)!;
      const tuples = op.traits!.lookup === "tuples";
      const axis = tuples ? ((p.example.attrs?.["batch_dims"] as number | undefined) ?? 0) : ((p.example.attrs?.["axis"] as number | undefined) ?? 0);
      const along = (axis + x.shape.length) % x.shape.length;
      const size = x.shape[along]!;
      const length = wanted.shape[wanted.shape.length - 1] ?? 1;
      const asked = valuesOf(wanted).flatMap((v, i) => (tuples && i % length !== 0 ? [] : [v < 0 ? v + size : v]));
      // Where each element holds its own place along the axis, what comes out are the indices.
      const [y] = p.run({ [data]: numbersFrom(x.data.length, (i) => coordinates(x.shape, i)[along]!) });
      expect([...new Set(valuesOf(y!))].sort()).toEqual([...new Set(asked)].sort());
    }
  });
  it("concatenates and splits: together outputs hold what inputs hold", () => {
    for (const op of [...having("concatenates"), ...having("splits")]) {
      for (const p of examplesOf(op)) {
        if ([...p.feeds.values()].some((t) => !isFloat(t.dtype))) continue;
        if (op.traits?.concatenates && p.raw.nodes[0]!.inputs.some((v) => !p.feeds.has(v))) continue;
        const listed =
          op.traits?.splits && p.graph.initializers.has(Object.keys(op.inputs)[1]!)
            ? p.graph.initializers.get(Object.keys(op.inputs)[1]!)!
            : undefined;
        if (listed && listed.data.length !== p.run().length) continue;
        const sorted = (list: readonly Tensor[]): readonly number[] => list.flatMap(valuesOf).sort((a, b) => a - b);
        expect(sorted(p.run())).toEqual(sorted([...p.feeds.values()]));
      }
    }
  });
});

describe("product", () => {
  /** The example without an activation behind the product. */
  const bare = (op: Op): readonly Probed[] =>
    op.examples.map((e) =>
      probed(op, { ...e, attrs: Object.fromEntries(Object.entries(e.attrs ?? {}).filter(([name]) => !name.startsWith("activation"))) }),
    );
  const scaled = (list: readonly number[], k: number): readonly number[] => list.map((v) => k * v);

  /** Whether the output is linear in each of the first two float inputs, and depends on neither without the other. */
  function isBilinear(p: Probed): boolean | undefined {
    const floats = p.graph.inputs.filter((i) => isFloat(i.dtype)).map((i) => i.name);
    if (floats.length < 2) return undefined;
    const [first, second] = floats as [string, string];
    const value = (name: string): number[] => valuesOf(p.feeds.get(name)!);
    const y = (feeds: Readonly<Record<string, readonly number[]>>): readonly number[] => valuesOf(p.run(feeds)[0]!);
    for (const [own, other] of [
      [first, second],
      [second, first],
    ] as const) {
      const [w, v] = [value(own), value(own).map((_, i) => Math.sin(3 * i + 1))];
      const zero = scaled(w, 0);
      const [both, one, two, none] = [y({ [own]: w.map((x, i) => x + v[i]!) }), y({ [own]: w }), y({ [own]: v }), y({ [own]: zero })];
      if (!both.every((s, i) => Math.abs(s - one[i]! - two[i]! + none[i]!) < 1e-9)) return false;
      if (!one.some((s, i) => Math.abs(s - none[i]!) > 1e-9)) return false;
      const still = scaled(value(other), 0);
      const [with0, without] = [y({ [own]: w, [other]: still }), y({ [own]: zero, [other]: still })];
      if (!with0.every((s, i) => Math.abs(s - without[i]!) < 1e-9)) return false;
    }
    return true;
  }

  it.each(each("product"))("%s is linear in each of its two factors, its weights the second", (_, op) => {
    for (const p of bare(op)) {
      expect(isBilinear(p), p.example.name).toBe(true);
      expect(Object.values(op.inputs).slice(0, op.traits!.product!.weights + 1).every((port) => !port.optional)).toBe(true); // prettier-ignore
    }
  });
  it("is the trait of all that are, but for Mul, which sums nothing, and Einsum and STFT, of which binding leaves such products", () => {
    const found = those(isBilinear);
    expect(found.filter((name) => !["Einsum", "Mul", "STFT"].includes(name))).toEqual(
      namesOf(having("product").filter((op) => those(isBilinear, [op]).length > 0)),
    );
    const einsum = opNamed("Einsum")!;
    expect([isPrimitive(einsum), einsum.traits]).toEqual([false, undefined]);
    const p = examplesOf(einsum).find((x) => isBilinear(x) && x.graph.nodes.some((n) => traitsOf(n).product))!;
    expect(p.graph.nodes.some((n) => n.op === "Einsum")).toBe(false);
    expect(p.graph.nodes.filter((n) => traitsOf(n).product).length).toBe(1);
  });
  it("counts the products that an output sums", () => {
    for (const op of having("product").filter((o) => o.traits!.product!.fanIn)) {
      for (const p of examplesOf(op)) {
        const [a, b, bias] = Object.keys(op.inputs) as [string, string, string | undefined];
        const ones = (name: string): readonly number[] => valuesOf(p.feeds.get(name)!).map(() => 1);
        const zeros = bias !== undefined && p.feeds.has(bias) ? { [bias]: ones(bias).map(() => 0) } : {};
        // Of ones each output is the number of its products: at a border with padding it is less.
        const most = Math.max(...valuesOf(p.run({ [a]: ones(a), [b]: ones(b), ...zeros })[0]!));
        const attrs = new AttrReader(p.raw.nodes[0]!, op.attrs);
        const alpha = (p.example.attrs?.["alpha"] as number | undefined) ?? 1;
        const fanIn = op.traits!.product!.fanIn!(p.feeds.get(b)!.shape, 1, attrs);
        if (p.feeds.get(b)!.shape.length > 1 && (p.example.attrs?.["pads"] ?? p.example.attrs?.["auto_pad"]) === undefined)
          expect(fanIn).toBe(most / alpha);
        const other = op.traits!.product!.fanIn!(p.feeds.get(a)!.shape, 0, attrs);
        if (other !== undefined && p.feeds.get(a)!.shape.length > 1) expect(other).toBe(most / alpha);
      }
    }
  });
  it.each(each("convolves"))("%s applies the same weights at every place", (_, op) => {
    const float = (shape: readonly number[]) => ({ dtype: "float32", shape }) as const;
    const p = probed(op, { name: "delta", inputs: [float([1, 1, 9]), float([1, 1, 3])] });
    const [x, w] = Object.keys(op.inputs) as [string, string];
    const at = (place: number): number[] => valuesOf(p.run({ [x]: numbersFrom(9, (i) => (i === place ? 1 : 0)), [w]: [1, 2, 4] })[0]!);
    const [four, five] = [at(4), at(5)];
    expect(five.slice(1)).toEqual(four.slice(0, -1));
    // Every output reads three places: two fewer outputs than places. Or every place writes three: two more.
    expect(four.length).toBe(op.traits!.convolves === "forward" ? 7 : 11);
    expect(four.filter((v) => v !== 0)).toEqual(op.traits!.convolves === "forward" ? [4, 2, 1] : [1, 2, 4]);
  });
});

describe("norm", () => {
  /** Elements that share statistics have one key. */
  function groupOf(op: Op, p: Probed, shape: readonly number[], at: readonly number[]): string {
    const from = (axis: number): string => at.slice(0, (axis + shape.length) % shape.length).join();
    switch (op.traits!.norm!) {
      case "batch":
        return String(at[1] ?? 0);
      case "instance":
        return at.slice(0, 2).join();
      case "group":
        return `${at[0]}/${Math.floor(at[1]! / (shape[1]! / (p.example.attrs!["num_groups"] as number)))}`;
      case "layer":
      case "rms":
        return from((p.example.attrs?.["axis"] as number | undefined) ?? -1);
    }
  }
  it.each(each("norm"))("%s gives each group mean 0 and spread 1, or mean square 1", (_, op) => {
    for (const e of op.examples) {
      const training = op.traits!.norm === "batch" ? { training_mode: 1 } : {};
      const p = probed(op, { ...e, outputs: 1, attrs: { ...e.attrs, ...training } });
      const [x, scale, shift] = Object.keys(op.inputs) as [string, string, string | undefined];
      const t = p.feeds.get(x)!;
      const as = (name: string | undefined, v: number): Record<string, number[]> =>
        name !== undefined && p.feeds.has(name) ? { [name]: valuesOf(p.feeds.get(name)!).map(() => v) } : {};
      const [y] = p.run({ [x]: numbersFrom(t.data.length, (i) => 1e4 * Math.sin(1 + i * i)), ...as(scale, 1), ...as(shift, 0) });
      const groups = new Map<string, number[]>();
      valuesOf(y!).forEach((v, i) => {
        const key = groupOf(op, p, t.shape, coordinates(t.shape, i));
        groups.set(key, [...(groups.get(key) ?? []), v]);
      });
      const mean = (list: readonly number[]): number => list.reduce((s, v) => s + v, 0) / list.length;
      for (const g of groups.values()) {
        if (g.length < 2) continue;
        expect(mean(g.map((v) => v * v))).toBeCloseTo(1, 5);
        if (op.traits!.norm !== "rms") expect(mean(g)).toBeCloseTo(0, 6);
      }
    }
  });
});

describe("pools and resamples", () => {
  it.each(each("pools"))("%s makes one number of several", (_, op) => {
    let fewer = 0;
    for (const p of examplesOf(op)) {
      const x = p.feeds.get(firstPort(op));
      if (!x || !isFloat(x.dtype) || x.data.length === 0 || !x.data.every(Number.isFinite)) continue;
      const y = (data: readonly number[]): number[] => valuesOf(p.run({ [firstPort(op)]: data })[0]!);
      const own = valuesOf(x);
      const plain = y(own);
      if (plain.length < own.length) fewer++;
      const constant = y(own.map(() => 2.5));
      switch (op.traits!.pools) {
        case "mean":
          // Zeros around the map may be counted.
          if (p.example.attrs?.["count_include_pad"] === undefined) expect(constant.every((v) => close(v, 2.5))).toBe(true);
          break;
        case "sum":
          expect(plain.reduce((s, v) => s + v, 0)).toBeCloseTo(
            own.reduce((s, v) => s + v, 0),
            9,
          );
          break;
        case "extremum":
          expect(plain.every((v) => own.includes(v))).toBe(true);
          break;
        case "norm": {
          const twice = y(own.map((v) => -2 * v));
          expect(plain.every((v, i) => v >= 0 && close(twice[i]!, 2 * v))).toBe(true);
          break;
        }
        default:
          expect(plain.length).toBeLessThanOrEqual(own.length);
      }
    }
    expect(fewer).toBeGreaterThan(0);
  });
  it.each(each("resamples"))("%s changes the size of a map, and leaves a constant one constant", (_, op) => {
    let other = 0;
    for (const p of examplesOf(op)) {
      const x = p.feeds.get(firstPort(op));
      if (!x || p.example.attrs?.["coordinate_transformation_mode"] === "tf_crop_and_resize") continue;
      const [y] = p.run({ [firstPort(op)]: valuesOf(x).map(() => 1.5) });
      if (sizeOf(y!.shape) !== sizeOf(x.shape)) other++;
      expect(valuesOf(y!).every((v) => close(v, 1.5))).toBe(true);
    }
    expect(other).toBeGreaterThan(0);
  });
});

describe("random, costly, branches", () => {
  it("is random what another seed of masks changes, and nothing else", () => {
    const trained = (e: Example, op: Op): Example =>
      op.traits?.random === "mask"
        ? { ...e, inputs: [{ dtype: "float32", shape: [8, 8] }, { dtype: "float32", shape: [], values: [0.5] }, { dtype: "bool", shape: [], values: [1], constant: true }] } // prettier-ignore
        : e;
    const drawn = ops.filter((op) =>
      op.examples.some((own) => {
        const [a, b] = [1, 2].map((seed) => probed(op, trained(own, op), seed).run().flatMap(valuesOf).join());
        return a !== b;
      }),
    );
    expect(namesOf(drawn)).toEqual(namesOf(having("random")));
  });
  it("has only draws that are made when a network is bound: no op of a run is random, so that any may be folded", () => {
    expect(having("random").filter(isPrimitive)).toEqual([]);
  });
  it.each(each("costly").filter(([, op]) => isPrimitive(op)))("%s has outputs that read more inputs than there are elements", (_, op) => {
    const most = Math.max(
      ...examplesOf(op).map((p) => {
        const sizes = [...p.feeds.values(), ...p.graph.initializers.values(), ...p.run().slice(0, 1)].reduce((n, t) => n + t.data.length, 0);
        if (sizes > 300) return 0;
        return [...p.feeds.keys()].flatMap((name) => dependents(p, name, 1e3)).reduce((n, [places]) => n + places!.size, 0) / sizes;
      }),
    );
    expect(most).toBeGreaterThan(1);
  });
  it("branches where there is a choice of subgraphs", () => {
    const several = ops.filter((op) => Object.values(op.attrs).filter((a) => a.kind === "graph").length > 1);
    expect(namesOf(several)).toEqual(namesOf(having("branches")));
  });
});
