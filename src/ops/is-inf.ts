import { mapUnary } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** Y = whether X is +∞ (unless detect_positive is 0) or −∞ (unless detect_negative is 0). */
export const IsInf: Op<"X", "Y"> = {
  name: "IsInf",
  since: [10, 20],
  traits: { elementwise: true },
  accepts: "floats",
  inputs: { X: one },
  outputs: { Y: one },
  attrs: { detect_negative: { kind: "flag", default: 1 }, detect_positive: { kind: "flag", default: 1 } },
  infer: (c) => [{ dtype: "bool", shape: c.type("X").shape }],
  evaluate: (c) => {
    const high = c.attrs.flag("detect_positive") ? Infinity : NaN;
    const low = c.attrs.flag("detect_negative") ? -Infinity : NaN;
    return mapUnary(c, (x) => (x === high || x === low ? 1 : 0));
  },
  vjp: { zero: "its output is boolean" },
  examples: [
    { name: "both", inputs: [floats([4], { values: [NaN, 1, Infinity, -Infinity] })] },
    { name: "positive", inputs: [floats([4], { values: [NaN, 1, Infinity, -Infinity] })], attrs: { detect_negative: 0 } },
    { name: "negative", inputs: [floats([4], { values: [NaN, 1, Infinity, -Infinity] })], attrs: { detect_positive: 0 } },
  ],
};
