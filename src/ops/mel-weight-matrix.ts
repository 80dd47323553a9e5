import { tensor } from "../graph/tensor.js";
import { floats } from "./shared/examples.js";
import { fixed } from "./op.js";
import type { ExampleInput, Op } from "./op.js";

const number = { list: { scalar: true, int32: true } } as const;
const count = (n: number): ExampleInput => ({ dtype: "int64", shape: [], values: [n], constant: true });
const hertz = (n: number): ExampleInput => floats([], { values: [n], constant: true });

const melOf = (f: number): number => 2595 * Math.log10(1 + f / 700);
const hertzOf = (mel: number): number => 700 * (10 ** (mel / 2595) - 1);

type Ports = "num_mel_bins" | "dft_length" | "sample_rate" | "lower_edge_hertz" | "upper_edge_hertz";

/** output = triangles over the frequencies of a spectrum, [⌊dft_length/2⌋ + 1, num_mel_bins], at equal steps of mel(f) = 2595·log₁₀(1 + f/700). */
export const MelWeightMatrix: Op<Ports, "output"> = {
  name: "MelWeightMatrix",
  since: [17],
  inputs: { num_mel_bins: number, dft_length: number, sample_rate: number, lower_edge_hertz: fixed, upper_edge_hertz: fixed },
  outputs: { output: {} },
  attrs: { output_datatype: { kind: "dtype", default: "float32" } },
  decompose: (c) => {
    const of = (port: Ports): number => c.constant(port).data[0]!;
    const [bands, length] = [of("num_mel_bins"), of("dft_length")];
    const rows = Math.floor(length / 2) + 1;
    if (!(bands > 0 && length > 0 && rows * bands <= 2 ** 24)) c.fail(`it has ${bands} bands over ${length} frequencies`);
    const [low, high] = [melOf(of("lower_edge_hertz")), melOf(of("upper_edge_hertz"))];
    const edge = (i: number): number => Math.floor(((length + 1) * hertzOf(low + (i * (high - low)) / (bands + 2))) / of("sample_rate"));
    const values = new Float64Array(rows * bands);
    for (let i = 0; i < bands; i++) {
      const [from, top, to] = [edge(i), edge(i + 1), edge(i + 2)];
      if (to > rows) c.fail("its upper edge lies above half the sample rate");
      if (top === from && top < rows) values[top * bands + i] = 1;
      else for (let j = from; j <= top && j < rows; j++) values[j * bands + i] = (j - from) / (top - from);
      for (let j = top; j < to && to > top; j++) values[j * bands + i] = (to - j) / (to - top);
    }
    return [c.b.constant(tensor(c.attrs.dtype("output_datatype"), [rows, bands], values))];
  },
  examples: [{ name: "speech", inputs: [count(8), count(16), count(8192), hertz(0), hertz(4096)] }],
};
