import { likeFirst } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import type { Op, Port } from "./op.js";

const either: Port = { sequence: "also" };

/** output = input. */
export const Identity: Op<"input", "output"> = {
  name: "Identity",
  since: [1, 13, 14, 16, 19, 21, 23, 24, 25],
  traits: { elementwise: true, moves: "rearranges" },
  inputs: { input: either },
  outputs: { output: either },
  attrs: {},
  infer: likeFirst,
  evaluate: (c) => [c.x.input],
  rewrite: ({ b, x }) => (b.sequences.has(x.input) ? [x.input] : undefined),
  // input̄ = output̄
  vjp: ({ g }) => ({ input: g.output }),
  examples: [{ name: "plain", inputs: [floats([2, 3])] }],
};
