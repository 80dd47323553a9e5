import { formatType, sameShape } from "../graph/tensor.js";
import { broadcastShape, mapBinary } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { again } from "./shared/vmap.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** Y = X where X > 0, else slope·X; slope broadcasts to the shape of X. The derivative at 0 is slope, as PyTorch has it. */
export const PRelu: Op<"X" | "slope", "Y"> = {
  name: "PRelu",
  since: [7, 9, 16],
  traits: { elementwise: true, rectifies: "leaky" },
  accepts: "wide",
  inputs: { X: one, slope: one },
  outputs: { Y: one },
  attrs: {},
  infer: (c) => {
    const [X, slope] = [c.type("X"), c.type("slope")];
    const shape = broadcastShape(X.shape, slope.shape);
    if (!shape || !sameShape(shape, X.shape) || slope.dtype !== X.dtype) {
      c.fail("its slope does not broadcast to its input", { received: `${formatType(slope)} to ${formatType(X)}` });
    }
    return [X];
  },
  evaluate: (c) => mapBinary(c, (x, slope) => (x > 0 ? x : slope * x)),
  // X̄ = Ȳ where X > 0, else slope·Ȳ; slope̅ = Ȳ·min(X, 0)
  vjp: ({ b, x, g, need }) => {
    const zero = b.scalar(0, x.X);
    const positive = b.greater(x.X, zero);
    return {
      X: need("X") ? b.where(positive, g.Y, b.mul(g.Y, x.slope)) : undefined,
      slope: need("slope") ? b.mul(g.Y, b.where(positive, zero, x.X)) : undefined,
    };
  },
  vmap: (c) => {
    const x = c.differs(0) ? c.xs[0]! : c.b.expand(c.xs[0]!, [c.runs, ...c.own(0)]);
    return again(c, [x, c.aligned(1, c.own(0).length)]);
  },
  examples: [
    { name: "one slope", inputs: [floats([2, 3], { awayFromZero: 0.1 }), floats([1], { values: [0.25] })] },
    { name: "a slope per channel", inputs: [floats([2, 3, 4], { awayFromZero: 0.1 }), floats([3, 1])] },
    { name: "a slope per element", inputs: [floats([2, 3], { awayFromZero: 0.1 }), floats([2, 3])] },
  ],
};
