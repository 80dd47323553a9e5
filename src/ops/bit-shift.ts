import { inferBits, mapBits } from "./shared/bits.js";
import { integers } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** Whether a shift leaves none of 32 bits. */
const beyond = (bits: number): boolean => bits < 0 || bits > 31;

/** Z = X shifted by Y bits to the left or right; broadcasting. A shift to the right keeps the sign of signed integers; one by more bits than there are leaves the sign alone. */
export const BitShift: Op<"X" | "Y", "Z"> = {
  name: "BitShift",
  since: [11, 28],
  traits: { elementwise: true },
  inputs: { X: one, Y: one },
  outputs: { Z: one },
  attrs: { direction: { kind: "string", required: true, oneOf: ["LEFT", "RIGHT"] } },
  infer: inferBits,
  evaluate: (c) =>
    c.attrs.string("direction") === "LEFT"
      ? mapBits(
          c,
          (a, b) => (beyond(b) ? 0 : a << b),
          (a, b) => (b < 0n || b > 63n ? 0n : a << b),
        )
      : mapBits(
          c,
          (a, b) => (a < 0 ? a >> (beyond(b) ? 31 : b) : beyond(b) ? 0 : a >>> b),
          (a, b) => (b < 0n || b > 63n ? (a < 0n ? -1n : 0n) : a >> b),
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
      name: "right, signed",
      inputs: [integers("int32", [-8, 9, -1, 5]), integers("int32", [1, 1, 40, -1])],
      attrs: { direction: "RIGHT" },
      withoutRuntime: "it is of opset 28",
    },
    {
      name: "left, uint64",
      inputs: [integers("uint64", [3, 1]), integers("uint64", [40, 50])],
      attrs: { direction: "LEFT" },
    },
  ],
};
