import { afterAll, describe, expect, it } from "vitest";
import { weightsOf } from "../../src/nn/build.js";
import { nodeRuntime } from "../../src/runtime/node.js";
import { clipping } from "../../src/trial/measurements/clipping.js";
import { parseTrial } from "../../src/trial/spec.js";
import { workbench } from "../../src/trial/workbench.js";
import { stream } from "../../src/util/random.js";

const runtime = nodeRuntime({ threads: 1, inThread: true });
const bench = workbench({ runtime, memoryLimit: 4e9 });
afterAll(async () => {
  await bench.close();
  await runtime.close();
});

const [N, D, K, SEED] = [3, 4, 3, 11];
const net = { arch: "mlp", depth: 2, width: D, classes: K, activation: "tanh", bias: false, init: { scheme: "he", weightVariance: 3 } };
const rules = [{ rule: "none" }, { rule: "global", norm: 0.05 }, { rule: "value", at: 0.02 }, { rule: "layer", norm: 0.1 }];

describe("clipping", () => {
  it("has the gradients of central differences, and clips them", async () => {
    const spec = parseTrial({ net, batch: { examples: N }, measure: { name: "clipping", rules }, seed: SEED, dtype: "float64" });
    const { loss, steps } = clipping.result.parse(JSON.parse(await bench.measure(spec)));
    const named = [...weightsOf({ ...net, seed: SEED, dtype: "float64" })(SEED)].map(([name, t]) => ({
      name,
      data: Array.from(t.data),
      shape: t.shape,
    }));
    const inputs = Array.from(stream(SEED, "input/input").normals(new Float64Array(N * D)));
    const random = stream(SEED, "labels");
    const labels = Array.from({ length: N }, (_, e) => Math.floor(random.uniform(e) * K));
    const lossOf = (ws: readonly (readonly number[])[]): number => {
      let total = 0;
      for (let e = 0; e < N; e++) {
        let h = inputs.slice(e * D, (e + 1) * D);
        ws.forEach((w, l) => {
          const bias = named[l]!.shape.length === 1;
          if (bias) h = h.map((v, i) => v + w[i]!);
          else h = Array.from({ length: named[l]!.shape[0]! }, (_, o) => h.reduce((s, v, i) => s + v * w[o * h.length + i]!, 0));
          const last = named.slice(l + 1).every((n) => n.shape.length === 1 && l >= named.length - 2);
          if (!last && !bias) h = h.map(Math.tanh);
        });
        total += Math.log(h.reduce((s, v) => s + Math.exp(v - h[labels[e]!]!), 0)) / N;
      }
      return total;
    };
    const ws = named.map((n) => n.data);
    expect(loss).toBeCloseTo(lossOf(ws), 12);
    const gradients = ws.map((w, l) =>
      w.map((_, i) => {
        const at = (h: number): number => lossOf(ws.map((v, m) => (m === l ? v.map((x, j) => (j === i ? x + h : x)) : v)));
        return (at(1e-5) - at(-1e-5)) / 2e-5;
      }),
    );
    const norm = (v: readonly number[]): number => Math.sqrt(v.reduce((s, x) => s + x * x, 0));
    const total = norm(gradients.flat());
    const matrices = (gs: readonly (readonly number[])[]): number[] => gs.filter((_, l) => named[l]!.shape.length > 1).map((g) => Math.log(norm(g)));
    const expected = [
      gradients,
      gradients.map((g) => g.map((v) => (0.05 / total) * v)),
      gradients.map((g) => g.map((v) => Math.max(-0.02, Math.min(0.02, v)))),
      gradients.map((g) => g.map((v) => Math.min(1, 0.1 / norm(g)) * v)),
    ];
    expect(total).toBeGreaterThan(0.1);
    steps.forEach((s, r) => {
      const want = expected[r]!;
      matrices(want).forEach((v, l) => expect(s.lnLayers[l]).toBeCloseTo(v, 6));
      expect(s.lnTotal).toBeCloseTo(Math.log(norm(want.flat())), 6);
      const product = want.flat().reduce((sum, v, i) => sum + v * gradients.flat()[i]!, 0);
      expect(s.cosine).toBeCloseTo(product / (norm(want.flat()) * total), 6);
    });
    expect(steps[1]!.cosine).toBeCloseTo(1, 12);
  });

  it("refuses a network without classes in rows", async () => {
    const conv = { arch: "plain-conv", depth: 1, width: 2, input: [1, 4, 4], classes: null };
    await expect(bench.measure(parseTrial({ net: conv, batch: { examples: 2 }, measure: "clipping" }))).rejects.toThrow(/ends in classes/);
  });
});
