import { likeFirst } from "./kit/elementwise.js";
import { floats } from "./kit/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** output = input. */
export const Identity: Op<"input", "output"> = {
  name: "Identity",
  since: [1, 13, 14, 16, 19, 21, 23, 24, 25],
  inputs: { input: one },
  outputs: { output: one },
  attrs: {},
  infer: likeFirst,
  evaluate: (c) => [c.x.input],
  // input̄ = output̄
  vjp: ({ g }) => ({ input: g.output }),
  examples: [{ name: "plain", inputs: [floats([2, 3])] }],
};
