import { isFloat } from "../graph/tensor.js";
import { broadcastAll, mapBinary, nonZero } from "./shared/elementwise.js";
import { floats, ints } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** C = A − n·B for an integer n, broadcasting: C has the sign of A with fmod = 1, else that of B. */
export const Mod: Op<"A" | "B", "C"> = {
  name: "Mod",
  since: [10, 13, 28],
  traits: { elementwise: true, divides: true },
  accepts: "numbers",
  inputs: { A: one, B: one },
  outputs: { C: one },
  attrs: { fmod: { kind: "flag", default: 0 } },
  infer: broadcastAll,
  evaluate: (c) => {
    const remainder = c.attrs.flag("fmod") ? (a: number, b: number): number => a % b : floorMod;
    return mapBinary(c, isFloat(c.out[0]!.dtype) ? remainder : (a, b) => remainder(a, nonZero(b, c.node.op)));
  },
  // Before opset 28 runtimes take floats with fmod = 1 only. Where the signs differ one more divisor is added.
  rewrite: ({ b, x, attrs }) => {
    if (!b.isFloat(x.A) || attrs.flag("fmod")) return undefined;
    const rest = b.op("Mod", [x.A, x.B], { fmod: 1 });
    const unlike = b.less(b.mul(b.op("Sign", [rest]), b.op("Sign", [x.B])), b.scalar(0, x.B));
    return [b.where(unlike, b.add(rest, x.B), rest)];
  },
  // Ā = C̄, B̄ = −C̄·n, where n = (A − C)/B up to rounding
  vjp: ({ b, x, y, g, need }) => ({
    A: g.C,
    B: need("B") ? b.neg(b.mul(g.C, b.op("Round", [b.div(b.sub(x.A, y.C), x.B)]))) : undefined,
  }),
  examples: [
    {
      name: "floats",
      inputs: [floats([6], { values: [5.3, -5.3, 5.3, -5.3, 0.4, 7.9] }), floats([6], { values: [2.1, 2.1, -2.1, -2.1, 1, 0.8] })],
      attrs: { fmod: 1 },
    },
    { name: "floats, broadcast", inputs: [floats([2, 1], { values: [9.7, -3.1] }), floats([3], { values: [2, 0.9, 1.3] })], attrs: { fmod: 1 } },
    {
      name: "floats, sign of the divisor",
      inputs: [floats([5], { values: [5.3, -5.3, 5.3, -5.3, 0.4] }), floats([5], { values: [2.1, 2.1, -2.1, -2.1, 1] })],
      withoutRuntime: "it is of opset 28",
    },
    { name: "integers, sign of the divisor", inputs: [ints([7, -7, 7, -7, 6]), ints([3, 3, -3, -3, 3])] },
    { name: "integers, sign of the dividend", inputs: [ints([7, -7, 7, -7, 6]), ints([3, 3, -3, -3, 3])], attrs: { fmod: 1 } },
  ],
};

function floorMod(a: number, b: number): number {
  const r = a % b;
  return r !== 0 && r < 0 !== b < 0 ? r + b : r;
}
