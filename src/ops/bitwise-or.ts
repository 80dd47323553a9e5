import { inferBits, mapBits } from "./shared/bits.js";
import { integers, ints } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** C = A | B, bit by bit, of integers, broadcasting. */
export const BitwiseOr: Op<"A" | "B", "C"> = {
  name: "BitwiseOr",
  since: [18],
  traits: { elementwise: true },
  inputs: { A: one, B: one },
  outputs: { C: one },
  attrs: {},
  infer: inferBits,
  evaluate: (c) =>
    mapBits(
      c,
      (a, b) => a | b,
      (a, b) => a | b,
    ),
  vjp: { zero: "its output is an integer" },
  examples: [
    { name: "int32", inputs: [integers("int32", [12, -1, 7, -8]), integers("int32", [10, 5, -7, 3])] },
    { name: "uint8, broadcast", inputs: [integers("uint8", [240, 15], [2, 1]), integers("uint8", [60, 255, 1])] },
    { name: "int64 beyond 32 bits", inputs: [ints([2 ** 40 + 5, -(2 ** 35) - 3]), ints([2 ** 40 + 4, 2 ** 36 + 9])] },
  ],
};
