import { broadcastAll, mapBinary } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** C = A < B, broadcasting. */
export const Less: Op<"A" | "B", "C"> = {
  name: "Less",
  since: [7, 9, 13],
  traits: { elementwise: true, compares: "below" },
  accepts: "numbers",
  inputs: { A: one, B: one },
  outputs: { C: one },
  attrs: {},
  infer: (c) => broadcastAll(c, "bool"),
  evaluate: (c) => mapBinary(c, (a, b) => (a < b ? 1 : 0)),
  vjp: { zero: "its output is boolean" },
  examples: [{ name: "broadcast", inputs: [floats([2, 3]), floats([])] }],
};
