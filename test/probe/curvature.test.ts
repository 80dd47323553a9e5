import { expect, it } from "vitest";
import { tensor } from "../../src/graph/tensor.js";
import { newBuilder } from "../../src/ops/registry.js";
import { bind } from "../../src/passes/bind.js";
import { largestCurvature } from "../../src/probe/curvature.js";
import { referenceRuntime } from "../../src/runtime/reference.js";
import { feedsFor } from "../../src/train/batch.js";

/** loss = ½ Σ dᵢ wᵢ²: a Hessian with eigenvalues d. */
async function curvatureOf(eigenvalues: readonly number[]): Promise<number> {
  const b = newBuilder();
  const n = eigenvalues.length;
  const x = b.input("x", { dtype: "float64", shape: [n] });
  const w = b.initializer(
    "w",
    tensor(
      "float64",
      [n],
      eigenvalues.map((_, i) => i + 1),
    ),
    false,
  );
  b.outputs.push(b.scale(b.reduceSum(b.mul(x, b.square(w)), [0], false), 0.5));
  const graph = b.build("quadratic");
  const bound = bind({ graph: { ...graph, types: new Map() }, name: "quadratic", opset: 20, producer: "", notes: [] });
  return largestCurvature({
    bound,
    loss: { loss: { kind: "output", name: graph.outputs[0]! } },
    tensors: new Map([["x", tensor("float64", [n], eigenvalues)]]),
    runtime: referenceRuntime(),
    seed: 1,
    memoryLimit: 2 ** 30,
    feeds: feedsFor,
  });
}

it("finds the largest eigenvalue of a quadratic", async () => {
  expect(await curvatureOf([1, 2, 0.5, 7])).toBeCloseTo(7, 2);
});

it("finds it also where a negative one is larger in magnitude", async () => {
  expect(await curvatureOf([3, -9, 1])).toBeCloseTo(3, 1);
});

it("is 0 where there is no curvature", async () => {
  expect(await curvatureOf([0, 0])).toBe(0);
});
