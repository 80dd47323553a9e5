import { sizeOf } from "../graph/tensor.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** Y = the largest X over all its spatial axes, which are kept as 1; the gradient goes to the first of equal maxima, as in PyTorch. */
export const GlobalMaxPool: Op<"X", "Y"> = {
  name: "GlobalMaxPool",
  since: [1, 22],
  traits: { pools: "extremum" },
  inputs: { X: one },
  outputs: { Y: one },
  attrs: {},
  // A pool with one window, not a reduction: those share the gradient among equal maxima.
  decompose: ({ b, x, fail }) => {
    const [batch, channels, ...spatial] = b.shape(x.X);
    const size = sizeOf(spatial);
    if (batch === undefined || channels === undefined || size === 0) return fail("its input has no positions to pool over");
    const y = b.op("MaxPool", [b.reshape(x.X, [batch, channels, size])], { kernel_shape: [size] });
    return [b.reshape(y, [batch, channels, ...spatial.map(() => 1)])];
  },
  examples: [
    { name: "image", inputs: [floats([2, 3, 4, 2])] },
    { name: "1-D", inputs: [floats([2, 3, 4])] },
    { name: "3-D", inputs: [floats([1, 2, 2, 3, 2])] },
  ],
};
