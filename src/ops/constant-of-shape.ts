import { tensor } from "../graph/tensor.js";
import { result } from "./shared/elementwise.js";
import { ints } from "./shared/examples.js";
import { list, one } from "./op.js";
import type { Op } from "./op.js";

/** output = one value repeated in the given shape; the value is that of a one-element tensor, float 0 by default. */
export const ConstantOfShape: Op<"input", "output"> = {
  name: "ConstantOfShape",
  since: [9, 20, 21, 23, 24, 25],
  inputs: { input: list },
  outputs: { output: one },
  attrs: { value: { kind: "tensor", default: tensor("float32", [1], [0]) } },
  infer: (c) => [{ dtype: c.attrs.tensor("value").dtype, shape: Array.from(c.constant("input").data) }],
  evaluate: (c) => {
    const out = result(c.out[0]!);
    out.data.fill(c.attrs.tensor("value").data[0] ?? 0);
    return [out];
  },
  vjp: { zero: "its output does not depend on any float" },
  examples: [
    { name: "default", inputs: [ints([2, 3])] },
    { name: "value", inputs: [ints([4])], attrs: { value: tensor("float32", [1], [2.5]) } },
  ],
};
