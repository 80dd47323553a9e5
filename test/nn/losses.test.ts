import { describe, expect, it } from "vitest";
import { gradientGraph } from "../../src/autodiff/gradient.js";
import type { GraphBuilder } from "../../src/graph/builder.js";
import { sizeOf, stridesOf, tensor } from "../../src/graph/tensor.js";
import type { DType, Tensor } from "../../src/graph/tensor.js";
import { classAxis, crossEntropy, meanSquaredError, sumOf } from "../../src/nn/losses.js";
import { newBuilder } from "../../src/ops/registry.js";
import { evaluateGraph } from "../../src/runtime/evaluate.js";
import { stream } from "../../src/util/random.js";
import { runOrt } from "../support/ort.js";

const normal = (shape: readonly number[], dtype: DType = "float64", scale = 1): Tensor => {
  const random = stream(3, "losses");
  return tensor(
    dtype,
    shape,
    Float64Array.from({ length: sizeOf(shape) }, (_, i) => Math.fround(scale * random.normal(i))),
  );
};

/** Mean of −ln softmax at the labels, and its derivative by the logits, by the definition. */
function naiveCrossEntropy(logits: Tensor, labels: Tensor, axis: number): { readonly loss: number; readonly gradient: Float64Array } {
  const step = stridesOf(logits.shape)[axis]!;
  const classes = logits.shape[axis]!;
  const counted = labels.data.filter((v) => v !== -100).length;
  const gradient = new Float64Array(logits.data.length);
  let loss = 0;
  labels.data.forEach((label, p) => {
    if (label === -100) return;
    const start = Math.floor(p / step) * classes * step + (p % step);
    const x = Array.from({ length: classes }, (_, k) => logits.data[start + k * step]!);
    const max = Math.max(...x);
    const sum = x.reduce((s, v) => s + Math.exp(v - max), 0);
    loss += (Math.log(sum) + max - x[label]!) / counted;
    x.forEach((v, k) => (gradient[start + k * step] = (Math.exp(v - max) / sum - (k === label ? 1 : 0)) / counted));
  });
  return { loss, gradient };
}

/** Loss and gradient by the first input, in float64 by the reference and, for float32 inputs, by onnxruntime. */
async function run(
  inputs: readonly Tensor[],
  build: (b: GraphBuilder, values: readonly string[]) => string,
): Promise<{ loss: number; gradient: ArrayLike<number> }[]> {
  const b = newBuilder();
  const names = inputs.map((t, i) => b.input(`in${i}`, t));
  const loss = build(b, names);
  expect(b.shape(loss)).toEqual([]);
  b.outputs.push(loss);
  const result = gradientGraph(b.build("loss"), { loss, wrt: [names[0]!] });
  const feeds = new Map(names.map((n, i) => [n, inputs[i]!]));
  const runs = [evaluateGraph(result.graph, feeds)];
  if (inputs[0]!.dtype === "float32") runs.push(await runOrt(result.graph, feeds));
  return runs.map((values) => ({ loss: values.get(result.loss)!.data[0]!, gradient: values.get(result.grads.get(names[0]!)!)!.data }));
}

const worst = (a: ArrayLike<number>, b: ArrayLike<number>): number => Array.from(a).reduce((w, v, i) => Math.max(w, Math.abs(v - b[i]!)), 0);

describe("cross-entropy", () => {
  it.each([
    ["rows", [3, 5], [3], [0, 4, 2], 1],
    ["ignored labels", [3, 5], [3], [-100, 4, 2], 1],
    ["classes on axis 1 of images", [2, 3, 2, 2], [2, 2, 2], [0, 1, 2, -100, 1, 1, 0, 2], 1],
    ["classes last, as language models have it", [2, 4, 6], [2, 4], [0, 1, 5, -100, 3, 3, 2, 0], 2],
    ["classes first", [4, 3, 2], [3, 2], [0, 3, 1, 2, -100, 0], 0],
    ["one example", [5], [], [3], 0],
  ] as const)("is the mean of −ln softmax: %s", async (_, shape, labelShape, values, axis) => {
    const labels = tensor("int64", labelShape, values);
    for (const dtype of ["float64", "float32"] as const) {
      const logits = normal(shape, dtype);
      const expected = naiveCrossEntropy(logits, labels, axis);
      const runs = await run([logits, labels], (b, [x, l]) => crossEntropy(b, x!, l!));
      runs.forEach(({ loss, gradient }, i) => {
        expect(Math.abs(loss - expected.loss)).toBeLessThan(i === 0 ? 1e-14 : 1e-6);
        expect(worst(gradient, expected.gradient)).toBeLessThan(i === 0 ? 1e-14 : 1e-6);
      });
    }
  });

  it("takes int32 labels", async () => {
    const logits = normal([3, 4]);
    const values = [0, 3, 1];
    const [mine] = await run([logits, tensor("int32", [3], values)], (b, [x, l]) => crossEntropy(b, x!, l!));
    expect(mine!.loss).toBeCloseTo(naiveCrossEntropy(logits, tensor("int64", [3], values), 1).loss, 13);
  });

  it("stays finite in float32 for logits of any size, and where a class is masked out with −∞", async () => {
    const logits = tensor("float32", [3, 3], [1e4, -1e4, 0, 90, 100, 95, 2, -Infinity, 1]);
    const labels = tensor("int64", [3], [2, 1, 0]);
    const expected = naiveCrossEntropy(logits, labels, 1);
    for (const { loss, gradient } of await run([logits, labels], (b, [x, l]) => crossEntropy(b, x!, l!))) {
      expect(Math.abs(loss - expected.loss) / expected.loss).toBeLessThan(1e-6);
      expect(worst(gradient, expected.gradient)).toBeLessThan(1e-6);
    }
  });

  it("is not a number when every label is ignored, as PyTorch has it", async () => {
    const [mine] = await run([normal([2, 3]), tensor("int64", [2], [-100, -100])], (b, [x, l]) => crossEntropy(b, x!, l!));
    expect(mine!.loss).toBeNaN();
  });

  it("finds the class axis: axis 1 where several fit", () => {
    expect(classAxis([4, 4], [4])).toBe(1);
    expect(classAxis([3, 3, 5], [3, 5])).toBe(1);
    expect(classAxis([2, 7, 7], [2, 7])).toBe(1);
    expect(classAxis([2, 4, 6], [2, 4])).toBe(2);
  });

  it("names both shapes when no axis fits", () => {
    expect(() => classAxis([2, 5], [3])).toThrow(/\[2, 5\].*\[3\]/);
    expect(() => classAxis([2, 5], [2, 5])).toThrow(expect.objectContaining({ code: "loss/shape" }));
  });
});

describe("mean squared error and sum", () => {
  it("is the mean over all elements, and its derivative", async () => {
    for (const dtype of ["float64", "float32"] as const) {
      const [y, t] = [
        normal([3, 2, 4], dtype),
        tensor(
          dtype,
          [3, 2, 4],
          Float64Array.from({ length: 24 }, (_, i) => i / 8),
        ),
      ];
      const difference = Array.from(y.data, (v, i) => v - t.data[i]!);
      const expected = difference.reduce((s, d) => s + d * d, 0) / 24;
      (await run([y, t], (b, [a, c]) => meanSquaredError(b, a!, c!))).forEach(({ loss, gradient }, i) => {
        expect(Math.abs(loss - expected)).toBeLessThan(i === 0 ? 1e-14 : 1e-6);
        expect(
          worst(
            gradient,
            difference.map((d) => (2 * d) / 24),
          ),
        ).toBeLessThan(i === 0 ? 1e-15 : 1e-6);
      });
    }
  });

  it("refuses a target of another shape, naming both", () => {
    const b = newBuilder();
    const [y, t] = [b.input("y", { dtype: "float32", shape: [2, 3] }), b.input("t", { dtype: "float32", shape: [2, 1] })];
    expect(() => meanSquaredError(b, y, t)).toThrow(/\[2, 3\].*\[2, 1\]/);
  });

  it("sums all elements; a scalar is its own sum", async () => {
    const [all] = await run([normal([2, 3])], (b, [x]) => sumOf(b, x!));
    expect(all!.loss).toBeCloseTo(
      Array.from(normal([2, 3]).data).reduce((s, v) => s + v, 0),
      14,
    );
    expect(Array.from(all!.gradient)).toEqual([1, 1, 1, 1, 1, 1]);
    const [one] = await run([normal([])], (b, [x]) => sumOf(b, x!));
    expect(one!.loss).toBe(normal([]).data[0]);
  });
});
