import { afterAll, describe, expect, it } from "vitest";
import { buildNet } from "../../src/nn/build.js";
import { bind } from "../../src/passes/bind.js";
import { nodeRuntime } from "../../src/runtime/node.js";
import { drawBatch } from "../../src/data/drawn-batch.js";
import type { Sensitivity } from "../../src/probe/sensitivity.js";
import { profile } from "../../src/trial/measurements/profile.js";
import { sensitivity } from "../../src/trial/measurements/sensitivity.js";
import type { MeasurementKind } from "../../src/trial/measurement.js";
import { parseTrial } from "../../src/trial/spec.js";
import type { TrialRequest } from "../../src/trial/spec.js";
import { workbench } from "../../src/trial/workbench.js";
import { estimate } from "../../src/math/estimate.js";
import { lnSingularValues } from "../../src/math/singular-values.js";

const runtime = nodeRuntime({ threads: 1, inThread: true });
const bench = workbench({ runtime, memoryLimit: 4e9 });
afterAll(async () => {
  await bench.close();
  await runtime.close();
});
const measured = async <O, R>(kind: MeasurementKind<O, R>, request: Omit<TrialRequest, "measure">, options: Partial<O> = {}): Promise<R> =>
  kind.result.parse(JSON.parse(await bench.measure(parseTrial({ dtype: "float64", measure: { name: kind.name, ...options }, ...request }))));

describe("inputs on a manifold", () => {
  it("have mean square 1 and span an eighth of the dimensions, another one for another seed", () => {
    const { graph } = bind(buildNet({ arch: "mlp", depth: 1, width: 64, batch: 32, dtype: "float64" }), { maxBytes: 1e9 });
    const rows = (seed: number): Float64Array[] => {
      const { data } = drawBatch(graph, "manifold", seed).get("input")!;
      return Array.from({ length: 32 }, (_, e) => Float64Array.from(data.subarray(e * 64, (e + 1) * 64)));
    };
    const all = rows(1).flatMap((r) => [...r]);
    expect(all.reduce((s, v) => s + v * v, 0) / all.length).toBeGreaterThan(0.6);
    expect(all.reduce((s, v) => s + v * v, 0) / all.length).toBeLessThan(1.5);
    expect(lnSingularValues(rows(1)).filter((v) => v !== null).length).toBe(8);
    expect(lnSingularValues([...rows(1), ...rows(2)]).filter((v) => v !== null).length).toBe(16);
    expect(rows(1)).toEqual(rows(1));
  });
});

describe("the measurement sensitivity", () => {
  it("as an instrument: E‖Jδ‖²·n_in is E‖Jᵀu‖²·n_out, whatever the network", async () => {
    const nets = [
      { arch: "mlp", depth: 6, width: 32, input: 20, classes: 5 },
      { arch: "residual-mlp", depth: 8, width: 24, classes: null, branch: "act-weight" },
      { arch: "residual-mlp", depth: 5, width: 24, classes: 4, norm: "batch" },
      { arch: "plain-conv", depth: 3, width: 4, input: [2, 6, 6], classes: 3 },
    ];
    for (const net of nets) {
      const gaps: number[] = [];
      for (let seed = 0; seed < 8; seed++) {
        const r: Sensitivity = await measured(sensitivity, { net, batch: { examples: 12 }, seed }, { directions: 24 });
        gaps.push(r.lnForward - r.lnBackward);
        if (!r.mixes) expect(r.alone.others).toBe(-Infinity);
      }
      const { value, low, high } = estimate(gaps);
      expect(low - 0.05, net.arch).toBeLessThan(0);
      expect(high + 0.05, net.arch).toBeGreaterThan(0);
      expect(Math.abs(value)).toBeLessThan(0.4);
    }
  });

  it("stays as it is, bit for bit, when weights are rebalanced, while the gradient's profile does not", async () => {
    const net = { arch: "mlp", depth: 6, width: 16, classes: null };
    const other = { ...net, rebalance: 4 };
    const batch = { examples: 8, inputs: "manifold" as const };
    expect(await measured(sensitivity, { net: other, batch, seed: 3 })).toEqual(await measured(sensitivity, { net, batch, seed: 3 }));
    const [a, b] = [await measured(profile, { net, batch, seed: 3 }), await measured(profile, { net: other, batch, seed: 3 })];
    const shifts = b.lnGradient.map((v, i) => v - a.lnGradient[i]!);
    expect(shifts[0]).toBeCloseTo(0, 10);
    expect(shifts[shifts.length - 1]).toBeCloseTo(0, 10);
    expect(Math.min(...shifts)).toBeCloseTo(-3 * Math.log(4), 10);
  });

  it("and rebalancing is refused where it would change the function", () => {
    const trial =
      (more: Readonly<Record<string, unknown>>): (() => unknown) =>
      () =>
        buildNet({ arch: "mlp", depth: 4, width: 8, rebalance: 2, ...more });
    expect(trial({})).not.toThrow();
    expect(trial({ activation: "tanh" })).toThrow(/rebalance.*activation tanh/);
    expect(trial({ norm: "batch" })).toThrow(/rebalance.*norm batch/);
    expect(trial({ init: { scheme: "he", biasVariance: 0.1 } })).toThrow(/rebalance.*biases/);
  });
});
