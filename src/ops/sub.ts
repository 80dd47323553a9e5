import { broadcastAll, mapRows } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** C = A − B, broadcasting. */
export const Sub: Op<"A" | "B", "C"> = {
  name: "Sub",
  since: [7, 13, 14],
  traits: { elementwise: true, arithmetic: "difference" },
  accepts: "numbers",
  inputs: { A: one, B: one },
  outputs: { C: one },
  attrs: {},
  infer: (c) => broadcastAll(c),
  evaluate: (c) =>
    mapRows(c, (y, o, a, ia, sa, b, ib, sb, n) => {
      for (let i = 0; i < n; i++) y[o + i] = a[ia + i * sa]! - b[ib + i * sb]!;
    }),
  // Ā = C̄, B̄ = −C̄ (summed down first: then there is less to negate)
  vjp: ({ b, x, g, need }) => ({ A: g.C, B: need("B") ? b.neg(b.unbroadcast(g.C, b.shape(x.B))) : undefined }),
  examples: [{ name: "broadcast", inputs: [floats([2, 3]), floats([3])] }],
};
