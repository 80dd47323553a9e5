import { afterAll, describe, expect, it } from "vitest";
import { weightsOf } from "../../src/nn/build.js";
import { nodeRuntime } from "../../src/runtime/node.js";
import { layerUpdates } from "../../src/trial/measurements/layer-updates.js";
import type { LayerUpdatesResult } from "../../src/trial/measurements/layer-updates.js";
import { parseTrial } from "../../src/trial/spec.js";
import type { TrialRequest } from "../../src/trial/spec.js";
import { workbench } from "../../src/trial/workbench.js";
import { stream } from "../../src/util/random.js";

const runtime = nodeRuntime({ threads: 1, inThread: true });
const bench = workbench({ runtime, memoryLimit: 4e9 });
afterAll(async () => {
  await bench.close();
  await runtime.close();
});
const measured = async (request: Omit<TrialRequest, "dtype">): Promise<LayerUpdatesResult> =>
  layerUpdates.result.parse(JSON.parse(await bench.measure(parseTrial({ dtype: "float64", ...request }))));

const GAINS = [0.5, 0.9, 2];
const measure = { name: "layer-updates", gains: GAINS, layer: 1, partner: 0, step: 0.2 };

describe("layer-updates", () => {
  it("is arithmetic on three numbers", async () => {
    const net = { arch: "mlp", depth: 3, width: 1, classes: null, bias: false, activation: "identity", init: "identity" };
    const r = await measured({ net, measure });
    for (const k of ["lnForward", "lnBackward"] as const) {
      expect(r.before[k]).toBeCloseTo(Math.log(0.5 * 0.9 * 2), 12);
      expect(r.alone[k]).toBeCloseTo(Math.log(1.1 / 0.9), 12);
      expect(r.shared[k]).toBeCloseTo(Math.log((1 / 0.9) * (0.6 / 0.5)), 12);
      expect(r.other[k]).toBeCloseTo(Math.log(0.7 / 0.5), 12);
      expect(r.relative[k]).toBeCloseTo(Math.log(1.1 / 0.9), 12);
      expect(r.relativeOther[k]).toBeCloseTo(Math.log(1.1 / 0.9), 12);
    }
    r.layers.forEach(({ gain, elasticity, slope }, i) => {
      expect(gain).toBe(GAINS[i]);
      expect(elasticity).toBeCloseTo(1, 12);
      expect(slope).toBeCloseTo(1 / gain, 12);
    });
  });

  it("is what plain loops give for a ReLU network, slopes by central differences", async () => {
    const [n, examples, seed] = [4, 5, 7];
    const net = { arch: "mlp", depth: 3, width: n, classes: null, bias: false };
    const r = await measured({ net, batch: { examples }, measure, seed });
    const drawn = [...weightsOf({ ...net, seed, dtype: "float64" })(seed).values()].map((t) => Array.from(t.data));
    const x = Array.from(stream(seed, "input/input").normals(new Float64Array(examples * n)));
    const u = Array.from({ length: examples * n }, (_, i) => stream(seed, "layer-updates/cotangent").normal(i));
    const norm = (v: readonly number[]): number => Math.sqrt(v.reduce((s, a) => s + a * a, 0));
    /** ln of both products with the given matrices. */
    const products = (ws: readonly (readonly number[])[]): readonly [number, number] => {
      const [ys, gs]: [number[], number[]] = [[], []];
      for (let e = 0; e < examples; e++) {
        let h = x.slice(e * n, (e + 1) * n);
        const masks: boolean[][] = [];
        for (const w of ws) {
          const z = h.map((_, o) => h.reduce((s, v, i) => s + v * w[o * n + i]!, 0));
          masks.push(z.map((v) => v > 0));
          h = z.map((v) => Math.max(0, v));
        }
        ys.push(...h);
        let g = u.slice(e * n, (e + 1) * n);
        for (let l = ws.length - 1; l >= 0; l--) {
          const passed = g.map((v, o) => (masks[l]![o]! ? v : 0));
          g = passed.map((_, i) => passed.reduce((s, v, o) => s + v * ws[l]![o * n + i]!, 0));
        }
        gs.push(...g);
      }
      return [Math.log(norm(ys) / norm(x)), Math.log(norm(gs) / norm(u))];
    };
    const scaled = drawn.map((w, i) => w.map((v) => v * GAINS[i]!));
    const before = products(scaled);
    expect(r.before.lnForward).toBeCloseTo(before[0], 10);
    expect(r.before.lnBackward).toBeCloseTo(before[1], 10);
    const by = (i: number, factor: number): readonly number[][] => scaled.map((w, l) => (l === i ? w.map((v) => v * factor) : [...w]));
    const relative = products(by(1, 1 + 0.2 / 0.9));
    expect(r.relative.lnBackward).toBeCloseTo(relative[1] - before[1], 10);
    for (const i of [0, 1, 2]) {
      const h = 1e-6;
      const difference = (products(by(i, 1 + h))[0] - products(by(i, 1 - h))[0]) / (2 * h);
      expect(r.layers[i]!.elasticity).toBeCloseTo(difference, 6);
    }
  });

  it("refuses gains that are not one for each matrix, and matrices that are not square", async () => {
    const net = { arch: "mlp", depth: 2, width: 4, classes: null, bias: false };
    await expect(measured({ net, measure })).rejects.toThrow(/3 gains for 2 matrices/);
    await expect(measured({ net: { ...net, depth: 3, classes: 2 }, measure })).rejects.toThrow(/not square/);
    await expect(measured({ net: { ...net, depth: 3 }, measure: { ...measure, partner: 1 } })).rejects.toThrow(/not two of the matrices/);
  });
});
