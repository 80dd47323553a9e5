import { broadcastAll, mapBinary } from "./shared/elementwise.js";
import { floats, ints } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** C = A ≥ B, broadcasting; false where either is NaN. */
export const GreaterOrEqual: Op<"A" | "B", "C"> = {
  name: "GreaterOrEqual",
  since: [12, 16],
  traits: { elementwise: true, compares: "above" },
  accepts: "numbers",
  inputs: { A: one, B: one },
  outputs: { C: one },
  attrs: {},
  infer: (c) => broadcastAll(c, "bool"),
  evaluate: (c) => mapBinary(c, (a, b) => (a >= b ? 1 : 0)),
  vjp: { zero: "its output is boolean" },
  examples: [
    { name: "broadcast", inputs: [floats([2, 3]), floats([])] },
    { name: "ties and NaN", inputs: [floats([4], { values: [1, 2, 3, NaN] }), floats([4], { values: [2, 2, 2, 2] })] },
    { name: "integers", inputs: [ints([1, 2, 3]), ints([2])] },
  ],
};
