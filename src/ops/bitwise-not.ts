import { inferBits, is64Bit } from "./shared/bits.js";
import { mapUnary } from "./shared/elementwise.js";
import { integers, ints } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** Y = every bit of the integer X turned over. */
export const BitwiseNot: Op<"X", "Y"> = {
  name: "BitwiseNot",
  since: [18],
  traits: { elementwise: true },
  inputs: { X: one },
  outputs: { Y: one },
  attrs: {},
  infer: inferBits,
  evaluate: (c) => {
    const { dtype } = c.out[0]!;
    if (!is64Bit(dtype)) return mapUnary(c, (x) => ~x);
    return mapUnary(c, dtype === "int64" ? (x) => -1 - x : (x) => Number(BigInt.asUintN(64, ~BigInt(x))));
  },
  vjp: { zero: "its output is an integer" },
  examples: [
    { name: "int32", inputs: [integers("int32", [12, -1, 7, -8])] },
    { name: "uint8", inputs: [integers("uint8", [240, 15, 0])] },
    { name: "int64 beyond 32 bits", inputs: [ints([2 ** 40 + 5, -(2 ** 35) - 3])] },
  ],
};
