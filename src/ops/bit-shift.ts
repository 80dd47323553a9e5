import { inferBits, mapBits } from "./shared/bits.js";
import { integers } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** Z = X shifted by Y bits to the left or right; unsigned integers, broadcasting. */
export const BitShift: Op<"X" | "Y", "Z"> = {
  name: "BitShift",
  since: [11],
  traits: { elementwise: true },
  inputs: { X: one, Y: one },
  outputs: { Z: one },
  attrs: { direction: { kind: "string", required: true, oneOf: ["LEFT", "RIGHT"] } },
  infer: inferBits,
  evaluate: (c) =>
    c.attrs.string("direction") === "LEFT"
      ? mapBits(
          c,
          (a, b) => (b > 31 ? 0 : a << b),
          (a, b) => a << b,
        )
      : mapBits(
          c,
          (a, b) => (b > 31 ? 0 : a >>> b),
          (a, b) => a >> b,
        ),
  vjp: { zero: "its output is an integer" },
  examples: [
    {
      name: "left, uint8 drops high bits",
      inputs: [integers("uint8", [1, 200, 3]), integers("uint8", [3, 1, 0])],
      attrs: { direction: "LEFT" },
    },
    {
      name: "right, broadcast",
      inputs: [integers("uint32", [4294967295, 8, 16, 5], [2, 2]), integers("uint32", [2])],
      attrs: { direction: "RIGHT" },
    },
    {
      name: "left, uint64",
      inputs: [integers("uint64", [3, 1]), integers("uint64", [40, 50])],
      attrs: { direction: "LEFT" },
    },
  ],
};
