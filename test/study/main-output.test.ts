import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tensor } from "../../src/graph/tensor.js";
import { readOnnx } from "../../src/onnx/read.js";
import { openRuntime } from "../../src/runtime/select.js";
import type { Runtime } from "../../src/runtime/runtime.js";
import { check } from "../../src/study/check.js";
import { grad } from "../../src/study/grad.js";
import { predict } from "../../src/study/predict.js";
import { DataType as T, f32, int, model, node, sequenceValue, value } from "../support/model.js";

let runtime: Runtime;
beforeAll(async () => (runtime = await openRuntime("reference")));
afterAll(() => runtime.close());

/** A classifier that gives the label before the scores, as converters of classical models do. */
const classifier = (outputs: Parameters<typeof model>[0]["outputs"]) =>
  readOnnx(
    model({
      inputs: [value("x", [4, 3])],
      outputs: outputs!,
      nodes: [node("Gemm", ["x", "w", "b"], ["scores"]), node("ArgMax", ["scores"], ["label"], { axis: int(1), keepdims: int(0) })],
      initializers: [f32("w", [3, 2]), f32("b", [2])],
    }),
  );
const label = value("label", [4], T.INT64);
const scores = value("scores", [4, 2]);
const said = '"scores", the first of floats: the first, "label", is int64';
const batch = new Map([
  ["x", tensor("float32", [4, 3], [1, -2, 3, 0.5, 4, -1, 0, 1, 2, -3, 1, 1])],
  ["labels", tensor("int64", [4], [0, 1, 1, 0])],
]);

describe("where no output is named", () => {
  it("the first of floats is taken, and said", async () => {
    const m = classifier([label, scores]);
    expect((await check(m, { runtime })).settings).toContainEqual({ what: "output", value: said });
    expect((await predict(m)).settings).toContainEqual({ what: "output", value: said });
    const { warnings, parameters } = await grad(m, { runtime, batch });
    expect([warnings, parameters.map((p) => p.name)]).toEqual([[`the loss takes the output ${said}`], ["w", "b"]]);
    expect((await grad(m, { runtime, batch, output: "scores" })).warnings).toEqual([]);
  });
  it("a sequence is passed over, and what is not declared is not", async () => {
    const settings = async (m: ReturnType<typeof classifier>) => (await check(m, { runtime })).settings.filter((s) => s.what === "output");
    expect(await settings(classifier([sequenceValue("label"), scores]))).toMatchObject([{ value: expect.stringContaining("no tensor") as string }]);
    expect(await settings(classifier(["scores", label]))).toEqual([]);
  });
  it("the scores before a list of maps are taken, which no tensor is", async () => {
    const m = readOnnx(
      model({
        inputs: [value("x", [4, 3])],
        outputs: [label, sequenceValue("maps")],
        nodes: [
          node("Gemm", ["x", "w", "b"], ["scores"]),
          node("ArgMax", ["scores"], ["label"], { axis: int(1), keepdims: int(0) }),
          node("ZipMap", ["scores"], ["maps"], {}, { domain: "ai.onnx.ml" }),
        ],
        initializers: [f32("w", [3, 2]), f32("b", [2])],
        domains: { "ai.onnx.ml": 1 },
      }),
    );
    const { settings, verdict } = await check(m, { runtime });
    expect(settings).toContainEqual({
      what: "output",
      value: '"scores", of which an output is made; none is of floats: the first, "label", is int64',
    });
    expect(verdict).not.toBe("non-finite");
  });
  it("an output of integers alone is refused as before", async () => {
    await expect(check(classifier([label]), { runtime })).rejects.toThrow(/the output "label" is not a float/);
  });
});
