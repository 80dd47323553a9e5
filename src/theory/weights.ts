import type { Node } from "../graph/graph.js";
import type { Tensor, ValueType } from "../graph/tensor.js";
import { AttrReader } from "../ops/attrs.js";
import { opOf } from "../ops/registry.js";
import { insideShare } from "./laws/border.js";
import { number as written } from "../util/format.js";

/** The effect of a product with weights on mean squares. */
export interface Product {
  /** Fan-in times the mean square of the weights. */
  readonly sigmaW2: number;
  /** Share of a convolution's products that are not with padding, 0 … 1. */
  readonly inside: number;
  readonly biasMean: number;
  readonly biasSquare: number;
  /** Number of products that are summed into one output element. */
  readonly fanIn: number;
}

/** Computes the mean and mean square of a tensor's elements, and their number. */
export function momentsOfTensor(t: Tensor): { readonly mean: number; readonly square: number; readonly size: number } {
  const n = t.data.length;
  let [sum, squares] = [0, 0];
  for (let i = 0; i < n; i++) {
    const v = Number(t.data[i]);
    sum += v;
    squares += v * v;
  }
  return { mean: sum / n, square: squares / n, size: n };
}

/** Weights count as centred while their mean is below one of these: in standard errors, and as a share of the standard deviation. */
const MEAN_ERRORS = 5;
const MEAN_SHARE = 0.02;

/** Describes a product as what it does to squares, or returns why there is no law for it. `constant` gives values that are known without a run. */
export function productOf(
  node: Node,
  active: (v: string) => boolean,
  constant: (v: string) => Tensor | undefined,
  typeOf: (v: string) => ValueType,
): Product | { readonly unknown: string } {
  const second = !active(node.inputs[1] ?? "");
  const name = node.inputs[second ? 1 : 0]!;
  const weight = constant(name);
  if (!weight) return { unknown: "its weights are computed from other weights" };
  const own = momentsOfTensor(weight);
  const spread = Math.sqrt(Math.max(0, own.square - own.mean ** 2));
  if (Math.abs(own.mean) > MEAN_ERRORS * (spread / Math.sqrt(own.size)) && Math.abs(own.mean) > MEAN_SHARE * spread)
    return { unknown: `its weights have the mean ${written(own.mean)}: they are not drawn around 0` };
  const shape = typeOf(name).shape;
  const number = (key: string, other: number): number => (typeof node.attrs[key] === "number" ? node.attrs[key] : other);
  if (shape.length < 2) return { unknown: "its weights are a vector" };
  const op = opOf(node);
  const fanIn = op.traits?.product?.fanIn?.(shape, second ? 1 : 0, new AttrReader(node, op.attrs));
  if (fanIn === undefined) return { unknown: `no law for ${node.op}` };
  const inside = op.traits?.convolves ? shareInside(node, typeOf(node.inputs[0]!).shape, shape, typeOf(node.outputs[0]!).shape) : 1;
  // Gemm's factors: other products have none.
  const [factor, beta] = [number("alpha", 1), number("beta", 1)];
  const biasName = node.inputs[2] ?? "";
  const bias = biasName === "" ? undefined : constant(biasName);
  if (biasName !== "" && !bias) return { unknown: "its bias is computed from other values" };
  const b = bias ? momentsOfTensor(bias) : { mean: 0, square: 0 };
  return { sigmaW2: factor * factor * fanIn * own.square, inside, biasMean: beta * b.mean, biasSquare: beta * beta * b.square, fanIn };
}

/** The share of a convolution's products that fall on the input, not on the padding around it. */
function shareInside(node: Node, input: readonly number[], kernel: readonly number[], output: readonly number[]): number {
  const axes = kernel.length - 2;
  const list = (key: string, other: number): readonly number[] => {
    const v = node.attrs[key];
    return Array.isArray(v) ? (v as readonly number[]) : new Array<number>(2 * axes).fill(other);
  };
  const [strides, dilations, pads] = [list("strides", 1), list("dilations", 1), list("pads", 0)];
  const auto = typeof node.attrs["auto_pad"] === "string" ? node.attrs["auto_pad"] : "NOTSET";
  let share = 1;
  for (let a = 0; a < axes; a++) {
    const [size, k, out] = [input[a + 2]!, kernel[a + 2]!, output[a + 2]!];
    const total = Math.max(0, (out - 1) * strides[a]! + (k - 1) * dilations[a]! + 1 - size);
    const before = auto === "SAME_UPPER" ? Math.floor(total / 2) : auto === "SAME_LOWER" ? Math.ceil(total / 2) : pads[a]!;
    share *= insideShare({ size, taps: k, stride: strides[a]!, dilation: dilations[a]!, before, outputs: out });
  }
  return share;
}
