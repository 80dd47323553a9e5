import { floats } from "./kit/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/**
 * Y = X/(bias + alpha/size·s)^beta, where s sums X² over the `size` channels around each: ⌊(size − 1)/2⌋ before and
 * ⌈(size − 1)/2⌉ after it.
 */
export const LRN: Op<"X", "Y"> = {
  name: "LRN",
  since: [1, 13],
  inputs: { X: one },
  outputs: { Y: one },
  attrs: {
    alpha: { kind: "float", default: Math.fround(1e-4) },
    beta: { kind: "float", default: 0.75 },
    bias: { kind: "float", default: 1 },
    size: { kind: "int", required: true },
  },
  decompose: ({ b, x, attrs, fail }) => {
    const shape = b.shape(x.X);
    const [channels, size] = [shape[1] ?? 0, attrs.int("size")];
    if (shape.length < 2 || size < 1) return fail("it needs a channel axis and a positive size");
    const before = Math.floor((size - 1) / 2);
    const around = (n: number): number[] => shape.map((_, i) => (i === 1 ? n : 0));
    const padded = b.pad(b.square(x.X), around(before), around(size - 1 - before));
    const windows = Array.from({ length: size }, (_, i) => (size === 1 ? padded : b.slice(padded, [i], [i + channels], [1])));
    const base = b.shift(b.scale(b.sum(windows)!, attrs.float("alpha") / size), attrs.float("bias"));
    return [b.mul(x.X, b.op("Pow", [base, b.scalar(-attrs.float("beta"), base)]))];
  },
  examples: [
    { name: "odd size", inputs: [floats([2, 5, 2, 2])], attrs: { size: 3, alpha: 0.5, beta: 0.75, bias: 2 } },
    { name: "defaults", inputs: [floats([1, 4, 2, 2])], attrs: { size: 5 } },
    { name: "wider than the channels", inputs: [floats([1, 3, 1, 2])], attrs: { size: 9, alpha: 0.5 } },
    { name: "size 1", inputs: [floats([1, 3, 1, 2])], attrs: { size: 1, alpha: 0.5 } },
  ],
};
