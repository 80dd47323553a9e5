import { mapBinary } from "./shared/elementwise.js";
import { bools } from "./shared/examples.js";
import { inferLogical } from "./shared/logic.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** C = A ∧ B of booleans, broadcasting. */
export const And: Op<"A" | "B", "C"> = {
  name: "And",
  since: [7],
  traits: { elementwise: true },
  inputs: { A: one, B: one },
  outputs: { C: one },
  attrs: {},
  infer: inferLogical,
  evaluate: (c) => mapBinary(c, (a, b) => a & b),
  vjp: { zero: "its output is boolean" },
  examples: [
    { name: "same shape", inputs: [bools([0, 0, 1, 1]), bools([0, 1, 0, 1])] },
    { name: "broadcast", inputs: [bools([0, 1], [2, 1]), bools([0, 1, 1])] },
  ],
};
