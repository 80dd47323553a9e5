import { broadcastAll, mapRows } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** C = A · B, broadcasting. */
export const Mul: Op<"A" | "B", "C"> = {
  name: "Mul",
  since: [7, 13, 14],
  traits: { elementwise: true, arithmetic: "product" },
  accepts: "numbers",
  inputs: { A: one, B: one },
  outputs: { C: one },
  attrs: {},
  infer: (c) => broadcastAll(c),
  evaluate: (c) =>
    mapRows(c, (y, o, a, ia, sa, b, ib, sb, n) => {
      for (let i = 0; i < n; i++) y[o + i] = a[ia + i * sa]! * b[ib + i * sb]!;
    }),
  // Ā = C̄·B, B̄ = C̄·A
  vjp: ({ b, x, g, need }) => {
    // A square: (A²)̄ = 2·C̄·A at once.
    if (x.A === x.B) return { A: b.mul(b.scale(g.C, 2), x.A) };
    return { A: need("A") ? b.mul(g.C, x.B) : undefined, B: need("B") ? b.mul(g.C, x.A) : undefined };
  },
  examples: [
    { name: "broadcast", inputs: [floats([2, 3]), floats([2, 1])] },
    { name: "scalar", inputs: [floats([2, 3]), floats([])] },
  ],
};
