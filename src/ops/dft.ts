import { formatType, tensor } from "../graph/tensor.js";
import { normalizeAxis } from "./shared/elementwise.js";
import { complexOf, inverted, invertedToReal, joined, transformed } from "./shared/fourier.js";
import type { Complex } from "./shared/fourier.js";
import { floats, ints } from "./shared/examples.js";
import { one } from "./op.js";
import type { Node } from "../graph/graph.js";
import type { Op, UpgradeContext } from "./op.js";

const number = { optional: true, list: { scalar: true, int32: true } } as const;

/** output = the discrete Fourier transform of input along an axis, or its inverse; the last axis holds real and imaginary part. */
export const DFT: Op<"input" | "dft_length" | "axis", "output"> = {
  name: "DFT",
  since: [17, 20],
  inputs: { input: one, dft_length: number, axis: number },
  outputs: { output: one },
  attrs: { inverse: { kind: "flag", default: 0 }, onesided: { kind: "flag", default: 0 } },
  upgrade: upgradeDft,
  decompose: (c) => {
    const { b, x, attrs, fail } = c;
    const rank = b.shape(x.input).length;
    const axis = normalizeAxis(c.has("axis") ? c.constant("axis").data[0]! : -2, rank, c.node.op);
    if (axis === rank - 1) fail("its axis is that of real and imaginary part", { received: formatType(b.type(x.input)) });
    const [inverse, onesided] = [attrs.flag("inverse"), attrs.flag("onesided")];
    const own = b.shape(x.input)[axis]!;
    const length = c.has("dft_length") ? c.constant("dft_length").data[0]! : inverse && onesided ? 2 * (own - 1) : own;
    if (!(length > 0)) fail(`it has a length of ${length}`);
    // The axis comes last, with as many numbers as the transform takes.
    const [last, wanted] = [rank - 2, inverse && onesided ? Math.floor(length / 2) + 1 : length];
    const exchange = Array.from({ length: last + 1 }, (_, i) => (i === axis ? last : i === last ? axis : i));
    const laid = (v: string): string => {
      const back = b.transpose(v, exchange);
      const zeros = exchange.map(() => 0);
      return b.pad(back, zeros, [...zeros.slice(1), wanted - own]);
    };
    const { re, im } = complexOf(c, x.input);
    const signal: Complex = { re: laid(re), ...(im === undefined ? {} : { im: laid(im) }) };
    const back = (v: string): string => b.transpose(v, exchange);
    if (inverse && onesided) {
      const imaginary = signal.im ?? b.zerosLike(signal.re);
      return [b.unsqueeze(back(invertedToReal(c, { re: signal.re, im: imaginary }, length)), [rank - 1])];
    }
    if (onesided && signal.im !== undefined) fail("the spectrum of a complex signal has no one side");
    const made = inverse ? inverted(c, signal) : transformed(c, signal, onesided ? Math.floor(length / 2) + 1 : length);
    return [joined(b, { re: back(made.re), im: back(made.im) })];
  },
  examples: [
    { name: "real", inputs: [floats([2, 5, 1])] },
    { name: "complex", inputs: [floats([2, 6, 2])] },
    { name: "one side", inputs: [floats([2, 6, 1])], attrs: { onesided: 1 } },
    { name: "inverse", inputs: [floats([2, 5, 2])], attrs: { inverse: 1 }, withoutFloat64: "it divides by the length in float32" },
    { name: "longer", inputs: [floats([2, 4, 1]), ints([7], [])] },
    { name: "shorter, another axis", inputs: [floats([4, 3, 2]), ints([3], []), ints([0], [])] },
    { name: "inverse to real", inputs: [floats([2, 4, 2])], attrs: { inverse: 1, onesided: 1 }, withoutRuntime: "it gives complex numbers" },
    {
      name: "inverse to an odd length",
      inputs: [floats([2, 4, 2]), ints([7], [])],
      attrs: { inverse: 1, onesided: 1 },
      withoutRuntime: "it gives complex numbers",
    },
  ],
};

/** Before opset 20 the axis is an attribute, by default 1. */
function upgradeDft({ node, constant }: UpgradeContext): Node {
  const { axis = 1, ...attrs } = node.attrs;
  return { ...node, attrs, inputs: [node.inputs[0] ?? "", node.inputs[1] ?? "", constant(tensor("int64", [], [axis as number]))] };
}
