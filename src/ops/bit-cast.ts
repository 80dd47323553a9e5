import { allocate, formatType, isFloat } from "../graph/tensor.js";
import type { DType, NumericArray, Tensor } from "../graph/tensor.js";
import { is64Bit } from "./shared/bits.js";
import { floats, integers } from "./shared/examples.js";
import { IsogradError } from "../util/errors.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** Bytes of an element, and the array that shows its bits. Floats count as float32: that is what a file has that is computed in float64. */
const BITS: Partial<Record<DType, { readonly bytes: number; readonly array: new (bytes: ArrayBuffer) => NumericArray }>> = {
  float32: { bytes: 4, array: Float32Array },
  float64: { bytes: 4, array: Float32Array },
  int32: { bytes: 4, array: Int32Array },
  uint32: { bytes: 4, array: Uint32Array },
  int16: { bytes: 2, array: Int16Array },
  uint16: { bytes: 2, array: Uint16Array },
  int8: { bytes: 1, array: Int8Array },
  uint8: { bytes: 1, array: Uint8Array },
  bool: { bytes: 1, array: Uint8Array },
};

/** output = the bits of input, read as another type of the same width. */
export const BitCast: Op<"input", "output"> = {
  name: "BitCast",
  since: [26],
  traits: { elementwise: true },
  inputs: { input: one },
  outputs: { output: one },
  attrs: { to: { kind: "dtype", required: true } },
  infer: (c) => {
    const from = c.type("input");
    const to = c.attrs.dtype("to");
    if (from.dtype !== to && (is64Bit(from.dtype) || is64Bit(to)))
      throw new IsogradError("op/unsupported", "BitCast between types of 64 bits is not supported", {
        at: [c.node.name],
        received: `${formatType(from)} to ${to}`,
      });
    if (from.dtype !== to && (!BITS[from.dtype] || BITS[from.dtype]?.bytes !== BITS[to]?.bytes))
      c.fail(`its input cannot be read as ${to}`, { received: formatType(from), expected: "types of the same width" });
    return [{ dtype: to, shape: from.shape }];
  },
  evaluate: (c) => {
    const { dtype, shape } = c.out[0]!;
    return [{ dtype, shape, data: recast(c.x.input, dtype) }];
  },
  // Only the same type is no other function than the identity.
  vjp: ({ b, x, y, g }) => ({ input: b.dtype(x.input) === b.dtype(y.output) ? g.output : undefined }),
  examples: [
    { name: "floats as integers", inputs: [floats([2, 3])], attrs: { to: "int32" }, withoutRuntime: "it is of opset 26" },
    { name: "the same", inputs: [floats([4])], attrs: { to: "float32" }, withoutRuntime: "it is of opset 26" },
    { name: "signs", inputs: [integers("int8", [-1, 5, -128])], attrs: { to: "uint8" }, withoutRuntime: "it is of opset 26" },
  ],
};

function recast(t: Tensor, to: DType): Tensor["data"] {
  if (t.dtype === to || (isFloat(t.dtype) && isFloat(to))) return t.data;
  const [from, as] = [BITS[t.dtype]!, BITS[to]!];
  const bytes = new ArrayBuffer(from.bytes * t.data.length);
  new from.array(bytes).set(t.data);
  const read = new as.array(bytes);
  const data = allocate(to, read.length);
  data.set(read);
  return data;
}
