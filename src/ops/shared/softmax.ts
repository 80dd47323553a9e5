import type { Node } from "../../graph/graph.js";
import { sizeOf, stridesOf } from "../../graph/tensor.js";
import type { NumericArray, Tensor } from "../../graph/tensor.js";
import { likeFirst, normalizeAxis, result } from "./elementwise.js";
import { one } from "../op.js";
import type { EvalContext, PrimitiveOp, UpgradeContext } from "../op.js";

/**
 * Upgrades a node of before opset 13. There Softmax, LogSoftmax and Hardmax flattened their input to two axes at `axis` (default 1) and normalised over
 * all trailing axes together: such nodes become our composite FlattenedSoftmax, which reshapes around today's op.
 */
export function upgradeSoftmax(u: UpgradeContext): Node {
  if (u.opset >= 13) return u.node;
  const axis = (u.node.attrs["axis"] as number | undefined) ?? 1;
  return { ...u.node, op: "FlattenedSoftmax", domain: "isograd", attrs: { axis, of: u.node.op } };
}

/** What Softmax and LogSoftmax share: they map every line of their input along `axis`, and keep its shape. */
export const SOFTMAX: Pick<PrimitiveOp<"input", "output">, "since" | "accepts" | "inputs" | "outputs" | "attrs" | "upgrade" | "infer"> = {
  since: [1, 11, 13],
  accepts: "floats",
  inputs: { input: one },
  outputs: { output: one },
  attrs: { axis: { kind: "int", default: -1 } },
  upgrade: upgradeSoftmax,
  infer: (c) => {
    normalizeAxis(c.attrs.int("axis"), c.type("input").shape.length, c.node.op);
    return likeFirst(c);
  },
};

/** Fills one line of `y` from the same line of `x`: `n` elements from `start`, `step` apart. */
export type LineMap = (y: NumericArray, x: NumericArray, start: number, step: number, n: number) => void;

/** Applies a map to every line of the first input along the attribute `axis`; the output has the shape of the input. */
export function mapLines(c: EvalContext<"input">, line: LineMap): readonly Tensor[] {
  const { shape, data } = c.x.input;
  const out = result(c.out[0]!);
  const axis = normalizeAxis(c.attrs.int("axis"), shape.length, c.node.op);
  const [n, step] = [shape[axis]!, stridesOf(shape)[axis]!];
  const block = n * step;
  for (let first = 0, size = sizeOf(shape); first < size; first += block) {
    for (let offset = 0; offset < step; offset++) line(out.data, data, first + offset, step, n);
  }
  return [out];
}

/** Puts exp(x − max x) into the line and returns the sum of that and max x. */
export function shiftedExp(y: NumericArray, x: NumericArray, start: number, step: number, n: number): { readonly sum: number; readonly max: number } {
  let max = -Infinity;
  for (let i = 0, at = start; i < n; i++, at += step) if (!(x[at]! <= max)) max = x[at]!;
  let sum = 0;
  for (let i = 0, at = start; i < n; i++, at += step) sum += y[at] = Math.exp(x[at]! - max);
  return { sum, max };
}
