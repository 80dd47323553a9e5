import { broadcastAll, mapBinary } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** C = A = B, broadcasting. */
export const Equal: Op<"A" | "B", "C"> = {
  name: "Equal",
  since: [7, 11, 13, 19],
  traits: { elementwise: true, compares: "equal" },
  inputs: { A: one, B: one },
  outputs: { C: one },
  attrs: {},
  infer: (c) => broadcastAll(c, "bool"),
  evaluate: (c) => mapBinary(c, (a, b) => (a === b ? 1 : 0)),
  vjp: { zero: "its output is boolean" },
  examples: [{ name: "broadcast", inputs: [floats([2, 3]), floats([])] }],
};
