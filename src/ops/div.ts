import { isFloat } from "../graph/tensor.js";
import { broadcastAll, mapBinary, nonZero } from "./shared/elementwise.js";
import { floats, ints } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** C = A / B, broadcasting; between integers the quotient is truncated towards zero. */
export const Div: Op<"A" | "B", "C"> = {
  name: "Div",
  since: [7, 13, 14],
  traits: { elementwise: true, arithmetic: "quotient", steep: true, divides: true },
  accepts: "numbers",
  inputs: { A: one, B: one },
  outputs: { C: one },
  attrs: {},
  infer: (c) => broadcastAll(c),
  evaluate: (c) => mapBinary(c, isFloat(c.out[0]!.dtype) ? (a, b) => a / b : (a, b) => Math.trunc(a / nonZero(b, c.node.op))),
  // Ā = C̄/B, B̄ = −C̄·C/B
  vjp: ({ b, x, y, g, need }) => ({
    A: need("A") ? b.div(g.C, x.B) : undefined,
    B: need("B") ? b.neg(b.div(b.mul(g.C, y.C), x.B)) : undefined,
  }),
  examples: [
    { name: "broadcast", inputs: [floats([2, 3]), floats([3], { low: 0.5, high: 2 })] },
    { name: "integers truncate", inputs: [ints([7, -7, 9]), ints([2, 2, -4])] },
  ],
};
