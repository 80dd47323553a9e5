import { expect, it } from "vitest";
import { gradientGraph } from "../../src/autodiff/gradient.js";
import { sizeOf, tensor } from "../../src/graph/tensor.js";
import { newBuilder } from "../../src/ops/registry.js";
import { bind } from "../../src/passes/bind.js";
import { largestCurvature } from "../../src/probe/curvature.js";
import { evaluateGraph } from "../../src/runtime/evaluate.js";
import { referenceRuntime } from "../../src/runtime/reference.js";
import { feedsFor } from "../../src/data/batch.js";
import { stream } from "../../src/util/random.js";

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
  const bound = bind({ graph: { ...graph, types: new Map() }, name: "quadratic", opset: 20, producer: "" });
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

it("agrees with the Hessian of a small network by central differences of its gradient", async () => {
  const b = newBuilder();
  const [n, d, h, k] = [5, 3, 4, 3];
  const values = (name: string, shape: readonly number[]) => {
    const random = stream(17, name);
    return tensor(
      "float64",
      shape,
      Float64Array.from({ length: sizeOf(shape) }, (_, i) => random.normal(i)),
    );
  };
  const x = b.input("x", { dtype: "float64", shape: [n, d] });
  const [v, w] = [b.initializer("v", values("v", [d, h]), false), b.initializer("w", values("w", [h, k]), false)];
  const y = b.matmul(b.op("Tanh", [b.matmul(x, v)]), w);
  // A constant would be a parameter.
  const t = b.input("t", { dtype: "float64", shape: [n, k] });
  const batch = new Map([
    ["x", values("x", [n, d])],
    ["t", values("t", [n, k])],
  ]);
  const loss = b.reduceMean(b.square(b.sub(y, t)), [0, 1], false);
  b.outputs.push(loss);
  const graph = b.build("net");
  const bound = bind({ graph: { ...graph, types: new Map() }, name: "net", opset: 20, producer: "" });
  const lambda = await largestCurvature({
    bound,
    loss: { loss: { kind: "output", name: loss } },
    tensors: batch,
    runtime: referenceRuntime(),
    seed: 3,
    memoryLimit: 2 ** 30,
    feeds: feedsFor,
  });
  const grad = gradientGraph(bound.graph, { loss: bound.graph.outputs[0]!, wrt: ["v", "w"] });
  const at = (moved: readonly number[]): readonly number[] => {
    const initializers = new Map(grad.graph.initializers);
    let offset = 0;
    for (const name of ["v", "w"]) {
      const own = bound.graph.initializers.get(name)!;
      initializers.set(name, { ...own, data: Float64Array.from(own.data, (p, i) => p + moved[offset + i]!) });
      offset += own.data.length;
    }
    const result = evaluateGraph({ ...grad.graph, initializers }, batch);
    return ["v", "w"].flatMap((name) => Array.from(result.get(grad.grads.get(name)!)!.data));
  };
  const size = d * h + h * k;
  const step = 1e-5;
  const hessian = Array.from({ length: size }, (_, i) => {
    const [up, down] = [step, -step].map((s) => at(Array.from({ length: size }, (_u, j) => (i === j ? s : 0))));
    return up!.map((g, j) => (g - down![j]!) / (2 * step));
  });
  // Power iteration on the Hessian, shifted so that its largest eigenvalue is the largest in magnitude.
  const shift = Math.max(...hessian.map((row) => row.reduce((s, a) => s + Math.abs(a), 0)));
  let u = Array.from({ length: size }, (_, i) => Math.sin(1 + i));
  let norm = 0;
  for (let k2 = 0; k2 < 20_000; k2++) {
    const next = hessian.map((row, i) => row.reduce((s, a, j) => s + a * u[j]!, 0) + shift * u[i]!);
    norm = Math.sqrt(next.reduce((s, a) => s + a * a, 0));
    u = next.map((a) => a / norm);
  }
  expect(lambda / (norm - shift)).toBeCloseTo(1, 2);
});
