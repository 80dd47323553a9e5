import { readFileSync } from "node:fs";
import { fromBinary } from "@bufbuild/protobuf";
import { TensorProtoSchema, TensorProto_DataType as T } from "onnx-buf";
import { describe, expect, it } from "vitest";
import { isFloat } from "../../src/graph/tensor.js";
import { readOnnx } from "../../src/onnx/read.js";
import { readTensor } from "../../src/onnx/tensor-proto.js";
import { bind } from "../../src/passes/bind.js";
import { evaluateGraph } from "../../src/runtime/evaluate.js";

// A selection of ONNX's own backend tests: two of every op, and those that isograd once got wrong. tools/conformance.mjs runs them all,
// with the result in docs/conformance.md, and writes this selection.

interface Case {
  readonly given: "no input" | "integer inputs" | "all inputs";
  readonly model: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

const { cases } = JSON.parse(readFileSync(new URL("conformance.json", import.meta.url), "utf8")) as {
  readonly cases: Readonly<Record<string, Case>>;
};

const proto = (base64: string): ReturnType<typeof fromBinary<typeof TensorProtoSchema>> =>
  fromBinary(TensorProtoSchema, Buffer.from(base64, "base64"));

describe("ONNX's own tests", () => {
  it("are there", () => {
    expect(Object.keys(cases).length).toBeGreaterThan(200);
  });
  for (const [name, c] of Object.entries(cases)) {
    it(name, () => {
      const model = readOnnx(Buffer.from(c.model, "base64"), { name });
      const inputs = c.inputs.map((base64, i) => [model.graph.inputs[i]!.name, readTensor(proto(base64), [], undefined)] as const);
      const fixed = inputs.filter(([, t]) => c.given === "all inputs" || (c.given === "integer inputs" && !isFloat(t.dtype)));
      const { graph } = bind(model, { shapes: Object.fromEntries(inputs.map(([k, t]) => [k, t.shape])), set: Object.fromEntries(fixed) });
      const values = evaluateGraph(graph, new Map(inputs.filter(([k]) => graph.inputs.some((i) => i.name === k))));
      c.outputs.forEach((base64, k) => {
        const p = proto(base64);
        const expected = readTensor(p, [], undefined);
        const actual = values.get(graph.outputs[k]!)!;
        expect([actual.dtype, actual.shape]).toEqual([expected.dtype, expected.shape]);
        const rtol = p.dataType === T.BFLOAT16 ? 2 ** -6 : p.dataType === T.FLOAT16 ? 2 ** -9 : 1e-3;
        expected.data.forEach((e: number, i: number) => {
          const a = actual.data[i]!;
          if (!isFloat(expected.dtype) || !Number.isFinite(e)) expect(Math.fround(a)).toBe(Math.fround(e));
          else expect(Math.abs(a - e)).toBeLessThanOrEqual(1e-7 + rtol * Math.abs(e));
        });
      });
    });
  }
});
