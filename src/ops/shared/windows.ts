import { tensor } from "../../graph/tensor.js";
import type { AttrSpec, CompositeOp, ExampleInput } from "../op.js";

const attrs: Readonly<Record<string, AttrSpec>> = {
  output_datatype: { kind: "dtype", default: "float32" },
  periodic: { kind: "flag", default: 1 },
};

const withoutFloat64 = "it computes windows in float32";

/** A window of cosines: value of element n is Σ (−1)^k·weights[k]·cos 2πkn/N, where N is the size (periodic) or one less (symmetric). */
export const cosineWindow = (
  weights: readonly number[],
): Pick<CompositeOp<"size", "output">, "inputs" | "outputs" | "attrs" | "decompose" | "examples"> => ({
  inputs: { size: { list: { scalar: true, int32: true } } },
  outputs: { output: {} },
  attrs,
  decompose: (c) => {
    const size = c.constant("size").data[0]!;
    if (!(size >= 0 && size <= 2 ** 24)) c.fail(`it has a size of ${size}`);
    const period = c.attrs.flag("periodic") ? size : size - 1;
    const at = (n: number): number => weights.reduce((s, w, k) => s + (-1) ** k * w * Math.cos((2 * Math.PI * k * n) / period), 0);
    return [
      c.b.constant(
        tensor(
          c.attrs.dtype("output_datatype"),
          [size],
          Array.from({ length: size }, (_, n) => at(n)),
        ),
      ),
    ];
  },
  examples: [
    { name: "periodic", inputs: [size(10)], withoutFloat64 },
    { name: "symmetric", inputs: [size(7)], attrs: { periodic: 0 }, withoutFloat64 },
  ],
});

const size = (n: number): ExampleInput => ({ dtype: "int64", shape: [], values: [n], constant: true });
