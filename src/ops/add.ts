import { broadcastAll, mapRows } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** C = A + B, broadcasting. */
export const Add: Op<"A" | "B", "C"> = {
  name: "Add",
  since: [7, 13, 14],
  traits: { elementwise: true, arithmetic: "sum" },
  accepts: "numbers",
  inputs: { A: one, B: one },
  outputs: { C: one },
  attrs: {},
  infer: (c) => broadcastAll(c),
  evaluate: (c) =>
    mapRows(c, (y, o, a, ia, sa, b, ib, sb, n) => {
      for (let i = 0; i < n; i++) y[o + i] = a[ia + i * sa]! + b[ib + i * sb]!;
    }),
  // Ā = C̄, B̄ = C̄
  vjp: ({ g }) => ({ A: g.C, B: g.C }),
  examples: [
    { name: "same shape", inputs: [floats([2, 3]), floats([2, 3])] },
    { name: "broadcast", inputs: [floats([2, 1, 4]), floats([3, 1])] },
  ],
};
