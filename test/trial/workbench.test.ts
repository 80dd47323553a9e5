import { afterAll, describe, expect, it } from "vitest";
import { weightsOf } from "../../src/nn/build.js";
import { ARCHITECTURES } from "../../src/nn/architectures/index.js";
import { nodeRuntime } from "../../src/runtime/node.js";
import type { Runtime } from "../../src/runtime/runtime.js";
import { profile } from "../../src/trial/measurements/profile.js";
import type { ProfileResult } from "../../src/trial/measurements/profile.js";
import { parseTrial } from "../../src/trial/spec.js";
import type { TrialRequest } from "../../src/trial/spec.js";
import { workbench } from "../../src/trial/workbench.js";
import { stream } from "../../src/util/random.js";

const inner = nodeRuntime({ threads: 1, inThread: true });
let prepared = 0;
const runtime: Runtime = {
  ...inner,
  prepare: (graph) => {
    prepared++;
    return inner.prepare(graph);
  },
};
afterAll(() => inner.close());

const bench = (): ReturnType<typeof workbench> => workbench({ runtime, memoryLimit: 4e9 });
const measured = async (b: ReturnType<typeof workbench>, request: TrialRequest): Promise<ProfileResult> =>
  profile.result.parse(JSON.parse(await b.measure(parseTrial(request))));

/** What makes every architecture small; fields, and shapes of them, that one does not have are left out. */
const SMALL: readonly (readonly [string, unknown])[] = [
  ["depth", 3],
  ["width", 8],
  ["length", 4],
  ["growth", 4],
  ["hidden", 8],
  ["classes", 5],
  ["stages", [1, 1]],
  ["layers", 2],
  ["layers", [2, 2]],
  ["units", [1, 1]],
  ["input", [3, 32, 32]],
];
const small = (name: string): TrialRequest["net"] => {
  const { fields } = ARCHITECTURES.find((a) => a.name === name)!;
  // Where stages are listed there is no depth.
  const listed = ["stages", "layers", "units"].some((k) => fields[k]?.safeParse([1, 1]).success === true);
  const own = SMALL.filter(([k, v]) => !(listed && k === "depth") && fields[k]?.safeParse(v).success === true);
  return { arch: name, ...Object.fromEntries(own) };
};

describe("sessions shared by a family of trials", () => {
  it.each(ARCHITECTURES.map((a) => a.name))("%s: seeds measured one after the other give the bits that each gives alone", async (name) => {
    const request = (seed: number): TrialRequest => ({
      net: small(name),
      batch: { examples: 4 },
      measure: { name: "profile", parameters: true },
      seed,
    });
    const shared = bench();
    const before = prepared;
    const results: string[] = [];
    for (const seed of [1, 2, 3]) results.push(await shared.measure(parseTrial(request(seed))));
    const opened = prepared - before;
    await shared.close();
    expect(new Set(results).size).toBe(3);
    const rescaled = results.some((r) => (JSON.parse(r) as ProfileResult).rescaled);
    expect(opened).toBeLessThanOrEqual(rescaled ? 2 : 1);
    const alone = bench();
    expect(await alone.measure(parseTrial(request(3)))).toBe(results[2]);
    await alone.close();
  });

  it("with dropout, whose masks are part of the graph, are one for each seed", async () => {
    const net = { arch: "residual-mlp", depth: 4, width: 16, skip: "dropout" };
    const shared = bench();
    const results = [1, 2, 1].map((seed) => measured(shared, { net, measure: "profile", seed }));
    const [a, b, c] = await Promise.all(results);
    expect(a).toEqual(c);
    expect(a!.lnGradient).not.toEqual(b!.lnGradient);
    await shared.close();
  });

  it("are closed when other families take their places, and opened again", async () => {
    const shared = bench();
    const request = (depth: number): TrialRequest => ({ net: { arch: "mlp", depth, width: 4, activation: "tanh" }, measure: "profile" });
    const first = await measured(shared, request(1));
    for (const depth of [2, 3, 4]) await measured(shared, request(depth));
    const before = prepared;
    expect(await measured(shared, request(1))).toEqual(first);
    expect(prepared).toBe(before + 1);
    await shared.close();
  });
});

/** A plain ReLU net without biases in plain loops: activations, and the gradient of Σ u·y, in float64. */
function byHand(depth: number, width: number, examples: number, seed: number): { readonly x: number[][][]; readonly g: number[][][] } {
  const weights = [...weightsOf({ arch: "mlp", depth, width, classes: null, bias: false, seed })(seed).values()];
  const draw = (name: string): number[][] => {
    const random = stream(seed, name);
    return Array.from({ length: examples }, (_, e) => Array.from({ length: width }, (_, i) => Math.fround(random.normal(e * width + i))));
  };
  const x = [draw("input/input")];
  // Weights are [out, in]: y = x·Wᵀ.
  const row = (l: number, o: number): number[] => Array.from({ length: width }, (_, i) => weights[l]!.data[o * width + i]!);
  for (let l = 0; l < depth; l++) {
    x.push(
      x[l]!.map((v) =>
        Array.from({ length: width }, (_, o) =>
          Math.max(
            0,
            row(l, o).reduce((s, w, i) => s + w * v[i]!, 0),
          ),
        ),
      ),
    );
  }
  const g = [draw("cotangent/0/0")];
  for (let l = depth - 1; l >= 0; l--) {
    const rows = Array.from({ length: width }, (_, o) => row(l, o));
    g.unshift(
      g[0]!.map((v, e) => Array.from({ length: width }, (_, i) => rows.reduce((s, w, o) => s + (x[l + 1]![e]![o]! > 0 ? w[i]! * v[o]! : 0), 0))),
    );
  }
  return { x, g };
}

describe("a profile", () => {
  it("is what plain loops give", async () => {
    const [depth, width, examples, seed] = [6, 12, 5, 4];
    const own = bench();
    const result = await measured(own, {
      net: { arch: "mlp", depth, width, classes: null, bias: false },
      batch: { examples },
      measure: { name: "profile", parameters: true },
      seed,
      dtype: "float64",
    });
    await own.close();
    const { x, g } = byHand(depth, width, examples, seed);
    const squares = (rows: number[][]): number => rows.flat().reduce((s, v) => s + v * v, 0);
    // Cuts: the input, and each layer's product and activation.
    expect(result.lnGradient.length).toBe(2 * depth + 1);
    expect(result.body.length).toBeGreaterThan(2);
    expect(result.body.every((cut) => cut % 2 === 0)).toBe(true);
    Array.from({ length: depth + 1 }, (_, layer) => {
      const cut = 2 * layer;
      expect(result.lnGradient[cut]!, `gradient at layer ${layer}`).toBeCloseTo(0.5 * Math.log(squares(g[layer]!)), 5);
      expect(result.lnActivation[cut]!, `activation at layer ${layer}`).toBeCloseTo(0.5 * Math.log(squares(x[layer]!) / (examples * width)), 5);
      const free = x[layer]!.map((v, e) => {
        const part = (rows: number[][]): number => Math.log(rows[e]!.reduce((s, w) => s + w * w, 0));
        return 0.5 * (part(g[layer]!) + Math.log(v.reduce((s, w) => s + w * w, 0)) - part(g[depth]!) - part(x[depth]!));
      });
      const live = free.filter(Number.isFinite);
      if (live.length === examples)
        expect(result.lnScaleFree[cut]!, `scale free at layer ${layer}`).toBeCloseTo(live.reduce((a, b) => a + b, 0) / examples, 5);
      let cosines = 0;
      let pairs = 0;
      for (let a = 0; a < examples; a++) {
        for (let b = 0; b < a; b++) {
          const dot = x[layer]![a]!.reduce((s, v, i) => s + v * x[layer]![b]![i]!, 0);
          cosines += dot / Math.sqrt(squares([x[layer]![a]!]) * squares([x[layer]![b]!]));
          pairs++;
        }
      }
      expect(result.cosine[cut]!, `cosine at layer ${layer}`).toBeCloseTo(cosines / pairs, 5);
    });
    // ∂/∂W of layer l is Σ_e (g·1[y > 0]) xᵀ.
    const of = (l: number): number => {
      let sum = 0;
      for (let o = 0; o < width; o++) {
        for (let i = 0; i < width; i++) {
          let dw = 0;
          for (let e = 0; e < examples; e++) if (x[l + 1]![e]![o]! > 0) dw += g[l + 1]![e]![o]! * x[l]![e]![i]!;
          sum += dw * dw;
        }
      }
      return 0.5 * Math.log(sum);
    };
    const norms = Object.values(result.parameters!);
    expect(norms.length).toBe(depth);
    norms.forEach((v, l) => expect(v, `weights of layer ${l}`).toBeCloseTo(of(l), 5));
  });

  it("measures what the element type does not hold", async () => {
    const own = bench();
    const result = await measured(own, {
      net: { arch: "mlp", depth: 60, width: 24, classes: null, bias: false, init: { scheme: "he", weightVariance: 0.5 } },
      batch: { examples: 4 },
      measure: "profile",
      seed: 1,
    });
    await own.close();
    // ¼ a layer on the square: ¼^60 = e^−83 is below the smallest float32, and so is the product of two such squares by far.
    expect(result.rescaled).toBe(true);
    expect(result.lnGradient.every(Number.isFinite)).toBe(true);
    const total = 2 * (result.lnGradient[0]! - result.lnGradient[120]!);
    // Hanin 2018: ln is N(L·ln ¼ − 5β/2, 5β), β = Σ1/n.
    const beta = 60 / 24;
    expect(Math.abs(total - (60 * Math.log(0.25) - 2.5 * beta))).toBeLessThan(4 * Math.sqrt(5 * beta));
  });

  it("knows losses: the initial cross-entropy of K classes is near ln K where logits are small", async () => {
    const own = bench();
    const of = (loss: string): Promise<ProfileResult> =>
      measured(own, { net: { arch: "mlp", depth: 2, width: 16, classes: 7 }, batch: { examples: 64 }, measure: { name: "profile", loss } });
    expect((await of("none")).loss).toBeNull();
    expect((await of("cross-entropy")).loss!).toBeGreaterThan(1);
    expect((await of("cross-entropy")).loss!).toBeLessThan(6);
    expect((await of("mse")).loss!).toBeGreaterThan(0.5);
    expect((await of("sum")).loss).not.toBeNull();
    await own.close();
  });

  it("averages the squares of several cotangents", async () => {
    const own = bench();
    const of = (cotangents: number, seed: number): Promise<ProfileResult> =>
      measured(own, { net: { arch: "mlp", depth: 2, width: 16 }, measure: { name: "profile", cotangents }, seed });
    const [one, many] = [await of(1, 5), await of(400, 5)];
    expect(many.lnActivation).toEqual(one.lnActivation);
    // E‖u‖² = elements of the output: 16 examples × 10 classes.
    const last = many.lnGradient[many.lnGradient.length - 1]!;
    expect(Math.abs(2 * last - Math.log(160))).toBeLessThan(0.03);
    await own.close();
  });
});
