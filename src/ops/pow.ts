import type { GraphBuilder } from "../graph/builder.js";
import { formatType, isFloat } from "../graph/tensor.js";
import { broadcastShape, mapBinary } from "./shared/elementwise.js";
import { floats, ints } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/**
 * Z = X^Y, broadcasting; Z has the element type of X, Y may have another. The derivative by X is 0 where Y = 0, the one by Y is
 * 0 where X = 0 and Y ≥ 0, and NaN where X < 0, as PyTorch has them.
 */
export const Pow: Op<"X" | "Y", "Z"> = {
  name: "Pow",
  since: [7, 12, 13, 15],
  traits: { elementwise: true, exponent: 1, steep: true, overflows: true, divides: true },
  accepts: "powers",
  inputs: { X: one, Y: one },
  outputs: { Z: one },
  attrs: {},
  infer: (c) => {
    const [X, Y] = [c.type("X"), c.type("Y")];
    const shape = broadcastShape(X.shape, Y.shape);
    if (!shape) return c.fail("its inputs do not broadcast", { received: `${formatType(X)} and ${formatType(Y)}` });
    return [{ dtype: X.dtype, shape }];
  },
  evaluate: (c) => mapBinary(c, isFloat(c.out[0]!.dtype) ? power : (a, b) => Math.trunc(power(a, b))),
  // X̄ = Z̄·Y·X^(Y−1), Ȳ = Z̄·Z·ln X
  vjp: ({ b, x, y, g, need }) => ({
    X: need("X") ? baseCotangent(b, x.X, x.Y, y.Z, g.Z) : undefined,
    Y: need("Y") ? exponentCotangent(b, x.X, x.Y, y.Z, g.Z) : undefined,
  }),
  examples: [
    { name: "positive base, broadcast", inputs: [floats([2, 3], { low: 0.5, high: 2 }), floats([3])] },
    { name: "scalar exponent from the data", inputs: [floats([2, 3], { low: 0.5, high: 2 }), floats([])] },
    { name: "constant base", inputs: [floats([], { values: [2], constant: true }), floats([2, 3])] },
    { name: "constant bases", inputs: [floats([3], { values: [0.5, 1, 3], constant: true }), floats([2, 3])] },
    { name: "exponents of several kinds, base of both signs", inputs: [floats([2, 4]), floats([4], { values: [0, 1, 2, 3], constant: true })] },
    { name: "base 0", inputs: [floats([4], { values: [0, 0, 0, 0] }), floats([4], { values: [0, 1, 2, 3], constant: true })] },
    { name: "square", inputs: [floats([2, 3]), floats([], { values: [2], constant: true })] },
    { name: "cube", inputs: [floats([2, 3]), floats([1], { values: [3], constant: true })] },
    { name: "fifth power", inputs: [floats([2, 3]), floats([], { values: [5], constant: true })] },
    { name: "root", inputs: [floats([2, 3], { low: 0.5, high: 2 }), floats([], { values: [0.5], constant: true })] },
    { name: "inverse root", inputs: [floats([2, 3], { low: 0.5, high: 2 }), floats([], { values: [-0.5], constant: true })] },
    { name: "inverse of a negative base", inputs: [floats([2, 3], { low: -2, high: -0.5 }), floats([], { values: [-1], constant: true })] },
    { name: "to the first", inputs: [floats([2, 3]), floats([], { values: [1], constant: true })] },
    { name: "to the zeroth", inputs: [floats([2, 3]), floats([], { values: [0], constant: true })] },
    { name: "constant exponent of a higher rank", inputs: [floats([3]), floats([1, 1], { values: [2], constant: true })] },
    { name: "integer exponent of a float", inputs: [floats([2, 3]), ints([2], [])] },
    { name: "integers", inputs: [ints([2, -3, 7]), ints([3, 2, 0])] },
  ],
};

/** C's pow: 1^Y = 1 even for Y = NaN or ±∞, where Math.pow says NaN; (−1)^±∞ = 1. */
const power = (x: number, y: number): number => (x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : x ** y);

function baseCotangent(b: GraphBuilder, x: string, y: string, z: string, g: string): string | undefined {
  const known = b.constantOf(y);
  if (known?.data.length === 1) {
    const n = known.data[0]!;
    const full = b.shape(g).length === b.shape(x).length ? x : b.expand(x, b.shape(g));
    if (n === 0) return undefined;
    if (n === 1) return g;
    if (n === 2) return b.mul(b.scale(g, 2), full);
    if (n === 3) return b.mul(b.scale(g, 3), b.square(full));
    // At X = 0 these are infinite like n·X^(n−1) itself.
    if (n === 0.5) return b.div(b.scale(g, 0.5), z);
    if (n < 0) return b.mul(b.scale(g, n), b.div(z, full));
    return b.mul(b.scale(g, n), b.op("Pow", [full, b.scalar(n - 1, x)]));
  }
  // Y·X^(Y−1), with X^0 in place of X^(−1) where Y = 0: there it is 0 whatever X is, and no infinity is made only to be masked
  const exponent = b.cast(y, b.dtype(x));
  const one = b.scalar(1, x);
  const lowered = b.sub(b.where(b.equal(exponent, b.scalar(0, x)), one, exponent), one);
  return b.mul(g, b.mul(exponent, b.op("Pow", [x, lowered])));
}

function exponentCotangent(b: GraphBuilder, x: string, y: string, z: string, g: string): string {
  const known = b.constantOf(x);
  let base = x;
  if (!known?.data.every((v) => v > 0)) {
    // ln 1 in place of ln 0 where X = 0 and Y ≥ 0
    const zero = b.equal(x, b.scalar(0, x));
    const natural = b.op("Not", [b.less(y, b.scalar(0, y))]);
    base = b.where(b.op("And", [zero, natural]), b.scalar(1, x), x);
  }
  return b.cast(b.mul(g, b.mul(z, b.log(base))), b.dtype(y));
}
