import { likeFirst, mapUnary } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** Y = the integer nearest to X; halves go to the even one. */
export const Round: Op<"X", "Y"> = {
  name: "Round",
  since: [11, 22],
  traits: { elementwise: true },
  accepts: "floats",
  inputs: { X: one },
  outputs: { Y: one },
  attrs: {},
  infer: likeFirst,
  evaluate: (c) => mapUnary(c, roundHalfEven),
  vjp: { zero: "piecewise constant" },
  examples: [{ name: "halves and others", inputs: [floats([10], { values: [-2.5, -1.5, -0.5, -0.2, 0, 0.5, 1.5, 2.5, 2.6, 1e20] })] }],
};

function roundHalfEven(x: number): number {
  const low = Math.floor(x);
  const rest = x - low;
  if (rest === 0.5) return low % 2 === 0 ? low : low + 1;
  return rest < 0.5 ? low : low + 1;
}
