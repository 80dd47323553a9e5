import { sizeOf } from "../graph/tensor.js";
import type { Tensor } from "../graph/tensor.js";
import { result } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { fixed, one } from "./op.js";
import type { ExampleInput, InferContext, Op } from "./op.js";

type Ports = "start" | "limit" | "delta";

/** output = [start, start + delta, start + 2·delta, …) up to but without limit. */
export const Range: Op<Ports, "output"> = {
  name: "Range",
  since: [11, 27],
  inputs: { start: fixed, limit: fixed, delta: fixed },
  outputs: { output: one },
  // float16, which stash_type is for, becomes float32.
  attrs: { stash_type: { kind: "int", default: 1 } },
  infer: (c) => {
    const { dtype } = c.type("start");
    if (c.type("limit").dtype !== dtype || c.type("delta").dtype !== dtype) c.fail("its inputs have different element types");
    return [{ dtype, shape: [count(c, dtype === "float32")] }];
  },
  evaluate: (c) => {
    const out = result(c.out[0]!);
    const [start, delta] = [c.x.start.data[0]!, c.x.delta.data[0]!];
    for (let i = 0; i < out.data.length; i++) out.data[i] = start + i * delta;
    return [out];
  },
  vjp: { zero: "its inputs are known before the run" },
  examples: [
    { name: "integers", inputs: [scalar("int64", 2), scalar("int64", 9), scalar("int64", 3)] },
    { name: "backwards", inputs: [scalar("int32", 5), scalar("int32", -1), scalar("int32", -2)] },
    { name: "floats", inputs: [floats([], { values: [0.5] }), floats([], { values: [2] }), floats([], { values: [0.25] })] },
    { name: "nothing", inputs: [scalar("int64", 3), scalar("int64", 3), scalar("int64", 1)] },
  ],
};

function scalar(dtype: "int64" | "int32", value: number): ExampleInput {
  return { dtype, shape: [], values: [value], constant: true };
}

/** How many elements there are; the difference is rounded as runtimes round it, so that both count alike. */
function count(c: InferContext<Ports>, single: boolean): number {
  const value = (port: Ports): number => {
    const t: Tensor = c.constant(port);
    return sizeOf(t.shape) === 1 ? t.data[0]! : c.fail(`its input "${port}" is not a scalar`);
  };
  const delta = value("delta");
  if (delta === 0) c.fail("its delta is 0");
  const difference = value("limit") - value("start");
  return Math.max(0, Math.ceil((single ? Math.fround(difference) : difference) / delta));
}
