import { afterAll, describe, expect, it } from "vitest";
import { nodeRuntime } from "../../src/runtime/node.js";
import { referenceRuntime } from "../../src/runtime/reference.js";
import type { MeasurementKind } from "../../src/trial/measurement.js";
import { dependencyLengths } from "../../src/trial/measurements/dependency-paths.js";
import type { DependencyResult } from "../../src/trial/measurements/dependency-paths.js";
import { pathShares } from "../../src/trial/measurements/path-shares.js";
import { skipCosine } from "../../src/trial/measurements/skip-cosine.js";
import { parseTrial } from "../../src/trial/spec.js";
import type { TrialRequest } from "../../src/trial/spec.js";
import { workbench } from "../../src/trial/workbench.js";

const native = nodeRuntime({ threads: 1, inThread: true });
const benches = { native: workbench({ runtime: native, memoryLimit: 4e9 }), reference: workbench({ runtime: referenceRuntime(), memoryLimit: 4e9 }) };
afterAll(async () => {
  for (const b of Object.values(benches)) await b.close();
  await native.close();
});
const measured = async <O, R>(
  kind: MeasurementKind<O, R>,
  request: Omit<TrialRequest, "measure">,
  options = {},
  on: keyof typeof benches = "native",
): Promise<R> => kind.result.parse(JSON.parse(await benches[on].measure(parseTrial({ ...request, measure: { name: kind.name, ...options } }))));

const chain = (depth: number, more: object = {}): TrialRequest["net"] => ({
  arch: "residual-mlp",
  branch: "act-weight",
  depth,
  width: 8,
  classes: null,
  ...more,
});

describe("paths of trials", () => {
  it("are the same in both runtimes, and belong to the seed", async () => {
    const request = (seed: number): Omit<TrialRequest, "measure"> => ({ net: chain(6), batch: { examples: 4 }, seed, dtype: "float64" });
    const [a, b, other] = [
      await measured(pathShares, request(1)),
      await measured(pathShares, request(1), {}, "reference"),
      await measured(pathShares, request(2)),
    ];
    a.lnSquares.forEach((v, k) => expect(v).toBeCloseTo(b.lnSquares[k]!, 8));
    expect(a.lnSquares[3]).not.toBeCloseTo(other.lnSquares[3]!, 2);
    const [c, d] = [await measured(skipCosine, request(1)), await measured(skipCosine, request(1), {}, "reference")];
    c.cosine.forEach((v, l) => expect(v).toBeCloseTo(d.cosine[l]!, 8));
    // What all shortcuts carry together is the path that crosses no branch: ‖s − g‖²/‖g‖² = 1 − 2·cos·‖s‖/‖g‖ + ‖s‖²/‖g‖² for one example.
    const alone = { ...request(3), batch: { examples: 1 } };
    const [shares, skips] = [await measured(pathShares, alone), await measured(skipCosine, alone)];
    const ratio = Math.exp((shares.lnSquares[0]! - shares.lnGradient) / 2);
    expect(skips.relativeError[0]! ** 2).toBeCloseTo(1 - 2 * skips.cosine[0]! * ratio + ratio ** 2, 10);
  });

  it.each([2, 5, 12])("dependency paths of %i blocks are those of a chain, of a skip, and of none", async (depth) => {
    const of = (more: object, options = {}): Promise<DependencyResult> =>
      measured(dependencyLengths, { net: chain(depth, more), batch: { examples: 2 } }, options);
    const plain = await of({ skip: "none" });
    expect(plain.parameter).toBe("block1/branch/linear/weight");
    expect(plain.fromTarget!.products).toEqual({ shortest: depth, longest: depth });
    // From the loss's difference a product and a mask a layer; the difference's own two ops; the product that makes the gradient, and no mask before it.
    expect(plain.fromTarget!.ops).toEqual({ shortest: 2 * depth + 1, longest: 2 * depth + 1 });
    const skip = await of({});
    // By the shortcuts only the product that makes the gradient is left; by the branches all are.
    expect(skip.fromTarget!.products).toEqual({ shortest: 1, longest: depth });
    expect(skip.fromTarget!.ops.shortest).toBe(depth + 2);
    // Forward a product a block, and back.
    expect(skip.fromInput!.products.longest).toBe(2 * depth);
    expect(plain.fromInput!.products.longest).toBe(2 * depth);
    const decoupled = await of({ skip: "none" }, { decoupled: true });
    expect(decoupled.fromTarget).toBeNull();
    // The layer's own product, the prediction's, and the one that makes the gradient.
    expect(decoupled.fromInput!.products.longest).toBe(3);
  });

  it("one block alone is not decoupled from its loss", async () => {
    const result = await measured(dependencyLengths, { net: chain(1, { skip: "none" }), batch: { examples: 2 } }, { decoupled: true });
    expect(result.fromTarget!.products).toEqual({ shortest: 1, longest: 1 });
  });

  it("says in one sentence of networks without shortcuts that they have no such paths", async () => {
    const plain = { net: { arch: "mlp", depth: 3, width: 4 } };
    await expect(measured(pathShares, plain)).rejects.toThrow(/no block of the network has a branch beside a shortcut/);
    await expect(measured(skipCosine, plain)).rejects.toThrow(/no block of the network has a branch beside a shortcut/);
  });
});
