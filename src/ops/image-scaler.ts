import { tensor } from "../graph/tensor.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** output = scale·input + bias of each channel (axis 1). An experimental op of the first ONNX files. */
export const ImageScaler: Op<"input", "output"> = {
  name: "ImageScaler",
  since: [1],
  inputs: { input: one },
  outputs: { output: one },
  attrs: { scale: { kind: "float", default: 1 }, bias: { kind: "floats" } },
  decompose: ({ b, x, attrs, fail }) => {
    const shape = b.shape(x.input);
    const bias = attrs.optionalFloats("bias") ?? [];
    const scaled = b.scale(x.input, attrs.float("scale"));
    if (bias.length === 0) return [scaled === x.input ? b.op("Identity", [scaled]) : scaled];
    if (bias.length !== shape[1]) fail(`its bias has ${bias.length} numbers, and its input ${shape[1] ?? "no"} channels`);
    const type = { dtype: b.dtype(x.input), shape: [bias.length, ...shape.slice(2).map(() => 1)] };
    return [b.add(scaled, b.constant(tensor(type.dtype, type.shape, bias)))];
  },
  examples: [
    { name: "scale and bias", inputs: [floats([2, 3, 2, 2])], attrs: { scale: 0.5, bias: [1, -2, 0.25] }, withoutRuntime: "opset 9 had it last" },
    { name: "bias", inputs: [floats([1, 2, 3, 2])], attrs: { bias: [1, -2] }, withoutRuntime: "opset 9 had it last" },
  ],
};
