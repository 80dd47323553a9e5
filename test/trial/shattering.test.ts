import { afterAll, describe, expect, it } from "vitest";
import { weightsOf } from "../../src/nn/build.js";
import type { NetSpec } from "../../src/nn/spec.js";
import type { Shattering } from "../../src/probe/shattering.js";
import { nodeRuntime } from "../../src/runtime/node.js";
import { shattering } from "../../src/trial/measurements/shattering.js";
import { parseTrial } from "../../src/trial/spec.js";
import { workbench } from "../../src/trial/workbench.js";
import { stream } from "../../src/util/random.js";

const runtime = nodeRuntime({ threads: 1, inThread: true });
const bench = workbench({ runtime, memoryLimit: 4e9 });
afterAll(async () => {
  await bench.close();
  await runtime.close();
});

const [N, D, L, SEED] = [4, 6, 3, 13];
const measured = async (net: NetSpec, measure: Record<string, unknown>): Promise<Shattering> =>
  shattering.result.parse(
    JSON.parse(
      await bench.measure(parseTrial({ net, batch: { examples: N }, measure: { name: "shattering", ...measure }, seed: SEED, dtype: "float64" })),
    ),
  );

const NETS = {
  plain: { arch: "mlp", depth: L, width: D, classes: null, bias: false },
  residual: { arch: "residual-mlp", branch: "act-weight", depth: L, width: D, classes: null, bias: false },
} as const;

/** The mean cosine over pairs of the examples' input gradients, by plain loops; `maskOf` opens unit i of layer l for example e. */
function naive(kind: keyof typeof NETS, cotangent: (i: number) => number, maskOf?: (l: number, e: number, i: number) => boolean): number {
  const ws = [...weightsOf({ ...NETS[kind], seed: SEED, dtype: "float64" })(SEED).values()].map((t) => Array.from(t.data));
  const x = Array.from(stream(SEED, "input/input").normals(new Float64Array(N * D)));
  const times = (w: readonly number[], v: readonly number[]): number[] => v.map((_, o) => v.reduce((s, a, i) => s + a * w[o * D + i]!, 0));
  const back = (w: readonly number[], g: readonly number[]): number[] => g.map((_, i) => g.reduce((s, a, o) => s + a * w[o * D + i]!, 0));
  const gradients = Array.from({ length: N }, (_, e) => {
    let h = x.slice(e * D, (e + 1) * D);
    const masks = ws.map((w, l) => {
      const z = kind === "plain" ? times(w, h) : h;
      const open = z.map((v, i) => (maskOf ? maskOf(l, e, i) : v > 0));
      const passed = z.map((v, i) => (open[i]! ? v : 0));
      h = kind === "plain" ? passed : times(w, passed).map((v, i) => v + h[i]!);
      return open;
    });
    let g = Array.from({ length: D }, (_, i) => cotangent(i));
    for (let l = L - 1; l >= 0; l--) {
      const shut = (v: readonly number[]): number[] => v.map((a, i) => (masks[l]![i]! ? a : 0));
      g = kind === "plain" ? back(ws[l]!, shut(g)) : shut(back(ws[l]!, g)).map((v, i) => v + g[i]!);
    }
    return g;
  });
  return meanCosine(gradients);
}

/** Over pairs of those that are not zero. */
function meanCosine(all: readonly (readonly number[])[]): number {
  const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((s, v, i) => s + v * b[i]!, 0);
  const live = all.filter((v) => dot(v, v) > 0);
  let sum = 0;
  for (const [i, a] of live.entries()) for (const [j, b] of live.entries()) if (i !== j) sum += dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  return sum / (live.length * (live.length - 1));
}

const cotangent =
  (k: number) =>
  (i: number): number =>
    stream(SEED, `shattering/cotangent/${k}`).normal(i);

describe("shattering", () => {
  it.each(["plain", "residual"] as const)("is what plain loops give: %s, own masks", async (kind) => {
    const r = await measured(NETS[kind], { cotangents: 2 });
    expect(r.gradients).toBeCloseTo((naive(kind, cotangent(0)) + naive(kind, cotangent(1))) / 2, 11);
    const x = Array.from(stream(SEED, "input/input").normals(new Float64Array(N * D)));
    expect(r.inputs).toBeCloseTo(meanCosine(Array.from({ length: N }, (_, e) => x.slice(e * D, (e + 1) * D))), 12);
  });

  it.each(["plain", "residual"] as const)("is what plain loops give: %s, masks that are drawn", async (kind) => {
    const mask = (l: number, e: number, i: number): boolean =>
      stream(SEED, `shattering/0/${l === 0 ? "mask" : `mask_${l}`}`).uniform(e * D + i) < 0.5;
    const r = await measured(NETS[kind], { masks: "independent", cotangents: 1 });
    expect(r.gradients).toBeCloseTo(naive(kind, cotangent(0), mask), 11);
  });

  it("is 1 for a linear network, and refuses to draw masks that there are not", async () => {
    const net = { ...NETS.plain, activation: "identity" };
    expect((await measured(net, {})).gradients).toBeCloseTo(1, 12);
    await expect(measured(net, { masks: "independent" })).rejects.toThrow(/no ReLU/);
  });
});
