import { afterAll, describe, expect, it } from "vitest";
import { nodeRuntime } from "../../src/runtime/node.js";
import { gaussianProduct } from "../../src/theory/laws/gaussian-product.js";
import { jacobian } from "../../src/trial/measurements/jacobian.js";
import type { JacobianResult } from "../../src/trial/measurements/jacobian.js";
import { parseTrial } from "../../src/trial/spec.js";
import type { TrialRequest } from "../../src/trial/spec.js";
import { workbench } from "../../src/trial/workbench.js";
import { estimate } from "../../src/math/estimate.js";

const runtime = nodeRuntime({ threads: 1, inThread: true });
const bench = workbench({ runtime, memoryLimit: 4e9 });
afterAll(async () => {
  await bench.close();
  await runtime.close();
});
const measured = async (request: TrialRequest): Promise<JacobianResult> =>
  jacobian.result.parse(JSON.parse(await bench.measure(parseTrial({ dtype: "float64", ...request }))));

const product = (depth: number, width: number): TrialRequest["net"] => ({
  arch: "mlp",
  depth,
  width,
  classes: null,
  activation: "identity",
  init: { scheme: "he", weightVariance: 1 },
});

describe("the measurement jacobian", () => {
  it.each([
    [1, 64],
    [3, 64],
    [6, 96],
  ])("of a product of %i Gaussian matrices of %i: s_max² follows (L+1)^(L+1)/L^L", async (depth, width) => {
    const law = gaussianProduct(depth, width);
    const squares: number[] = [];
    for (let seed = 0; seed < 12; seed++) {
      const all = await measured({ net: product(depth, width), batch: { examples: width }, measure: "jacobian", seed });
      squares.push(Math.exp(2 * all.lnLargest!));
      expect(all).toMatchObject({ over: "example", from: width, to: width, method: "all", converged: true });
    }
    const { value, high, low } = estimate(squares);
    expect(low).toBeLessThan(law.expected + law.band);
    expect(high).toBeGreaterThan(law.expected - law.band);
    expect(Math.abs(value - law.limit) / law.limit).toBeLessThan(0.25);
  });

  it("finds the same largest ones by products", async () => {
    const request = (values: string, examples: number): TrialRequest => ({
      net: product(5, 48),
      batch: { examples, seed: 1 },
      measure: { name: "jacobian", values, largest: 3 },
      seed: 2,
    });
    const [all, blocks, single] = [await measured(request("all", 1)), await measured(request("largest", 8)), await measured(request("largest", 1))];
    expect(blocks.method).toBe("largest");
    for (const found of [blocks, single]) {
      expect(found.converged).toBe(true);
      found.lnSingular.forEach((v, i) => expect(v).toBeCloseTo(all.lnSingular[i]!, 5));
    }
    expect(all.lnSmallest).toBe(all.lnSingular[47]);
    expect(blocks.lnSmallest).toBeNull();
  });

  it("in float32 gives the same to its rounding, growth of 10¹⁵ included, and hides what rounding hides", async () => {
    const net = { ...product(8, 24), init: { scheme: "he", weightVariance: 6e3 } };
    const request = (dtype: "float32" | "float64", values: string): TrialRequest => ({
      net,
      batch: { examples: 8 },
      measure: { name: "jacobian", values },
      seed: 4,
      dtype,
    });
    const [double, single, blocks] = [
      await measured(request("float64", "all")),
      await measured(request("float32", "all")),
      await measured(request("float32", "largest")),
    ];
    expect(double.lnLargest!).toBeGreaterThan(15 * Math.LN10);
    expect(single.lnLargest).toBeCloseTo(double.lnLargest!, 4);
    expect(blocks.lnLargest).toBeCloseTo(double.lnLargest!, 4);
    single.lnSingular.forEach((v, i) => (v === null ? expect(double.lnSingular[i]! - double.lnLargest!).toBeLessThan(-10) : undefined));
    expect(single.lnSingular).toContain(null);
  });

  it("takes the whole batch where it is mixed, and names a field that is wrong", async () => {
    const net = { arch: "mlp", depth: 3, width: 6, norm: "batch", classes: null };
    const found = await measured({ net, batch: { examples: 4 }, measure: "jacobian" });
    expect(found).toMatchObject({ over: "batch", from: 24, to: 24 });
    // Batch norms take away the mean and the scale of every feature: two directions each at least.
    expect(found.lnSingular.filter((v) => v === null).length).toBeGreaterThan(0);
    expect(() => parseTrial({ net, measure: { name: "jacobian", largst: 2 } })).toThrow(/largest/);
  });
});
