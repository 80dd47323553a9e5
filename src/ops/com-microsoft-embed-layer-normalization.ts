import { int64s, tensor } from "../graph/tensor.js";
import { floats, ints } from "./shared/examples.js";
import { layerNorm } from "./shared/norm.js";
import { one, optional } from "./op.js";
import type { ExampleInput, Op } from "./op.js";

type Ports = "input_ids" | "segment_ids" | "word_embedding" | "position_embedding" | "segment_embedding" | "gamma" | "beta" | "mask" | "position_ids";

const ids = (values: readonly number[], shape: readonly number[]): ExampleInput => ({ ...ints(values, shape), dtype: "int32" });
const [words, positions, segments, gamma, beta] = [floats([5, 4]), floats([3, 4]), floats([2, 4]), floats([4]), floats([4])];

/**
 * output = LayerNormalization of word + position + segment embeddings (embedding_sum), as onnxruntime's optimiser fuses BERT's
 * first layer; mask_index = how many words of each row the mask keeps.
 */
export const EmbedLayerNormalization: Op<Ports, "output" | "mask_index" | "embedding_sum"> = {
  name: "EmbedLayerNormalization",
  domain: "com.microsoft",
  since: [1],
  inputs: {
    input_ids: one,
    segment_ids: optional,
    word_embedding: one,
    position_embedding: one,
    segment_embedding: optional,
    gamma: one,
    beta: one,
    mask: optional,
    position_ids: optional,
  },
  outputs: { output: one, mask_index: optional, embedding_sum: optional },
  attrs: { epsilon: { kind: "float", default: Math.fround(1e-12) }, mask_index_type: { kind: "int", default: 0 } },
  decompose: (c) => {
    const { b, x } = c;
    const [rows, length] = b.shape(x.input_ids);
    if (rows === undefined || length === undefined) return c.fail("its input_ids are not a batch of rows");
    const at = c.has("position_ids") ? x.position_ids : b.constant(int64s(Array.from({ length }, (_, i) => i)));
    let sum = b.add(b.op("Gather", [x.word_embedding, x.input_ids]), b.op("Gather", [x.position_embedding, at]));
    if (c.has("segment_ids") && c.has("segment_embedding")) sum = b.add(sum, b.op("Gather", [x.segment_embedding, x.segment_ids]));
    const [y] = layerNorm(b, sum, [2], c.attrs.float("epsilon"), x.gamma, x.beta);
    const kept = (): string => (c.has("mask") ? b.reduceSum(x.mask, [1], false) : b.constant(tensor("int32", [rows], new Int32Array(rows))));
    return [y, c.wants(1) ? kept() : undefined, sum];
  },
  examples: [
    {
      name: "segments and mask",
      inputs: [
        ids([0, 4, 2, 1, 1, 3], [2, 3]),
        ids([0, 1, 1, 0, 0, 1], [2, 3]),
        words,
        positions,
        segments,
        gamma,
        beta,
        ids([1, 1, 0, 1, 1, 1], [2, 3]),
      ],
      outputs: 2,
    },
    { name: "no segments", inputs: [ids([0, 4], [2, 1]), null, words, positions, null, gamma, beta], attrs: { epsilon: 0.125 }, outputs: 2 },
    { name: "own positions", inputs: [ids([0, 4], [1, 2]), null, words, positions, null, gamma, beta, null, ids([2, 1], [1, 2])], outputs: 2 },
  ],
};
