import { likeFirst, result } from "./shared/elementwise.js";
import { bools, floats, ints } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** output = input where column − row ≥ k (upper) or ≤ k (lower) in its last two axes, 0 elsewhere. */
export const Trilu: Op<"input" | "k", "output"> = {
  name: "Trilu",
  since: [14],
  traits: { moves: "fills" },
  inputs: { input: one, k: { optional: true, list: { scalar: true } } },
  outputs: { output: one },
  attrs: { upper: { kind: "flag", default: 1 } },
  infer: (c) => (c.type("input").shape.length < 2 ? c.fail("its input is not a matrix") : likeFirst(c)),
  evaluate: (c) => {
    const x = c.x.input;
    const [rows, columns] = x.shape.slice(-2) as [number, number];
    const k = c.has("k") ? c.x.k.data[0]! : 0;
    const upper = c.attrs.flag("upper");
    const out = result(c.out[0]!);
    for (let i = 0; i < x.data.length; i++) {
      const offset = (i % columns) - (Math.floor(i / columns) % rows);
      if (upper ? offset >= k : offset <= k) out.data[i] = x.data[i]!;
    }
    return [out];
  },
  // input̄ = the same triangle of output̄
  vjp: ({ b, attrs, x, g }) => ({ input: b.op("Trilu", [g.output, x.k], { upper: attrs.int("upper") }) }),
  examples: [
    { name: "upper", inputs: [floats([3, 4])] },
    { name: "lower", inputs: [floats([2, 4, 3])], attrs: { upper: 0 } },
    { name: "upper, k", inputs: [floats([3, 3]), ints([1], [])] },
    { name: "lower, negative k", inputs: [floats([4, 3]), ints([-1], [])], attrs: { upper: 0 } },
    { name: "mask", inputs: [bools([1, 1, 1, 1], [2, 2])] },
  ],
};
