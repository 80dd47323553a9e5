import { filteredAttention, mergeHeads, splitHeads } from "./shared/attention.js";
import { floats } from "./shared/examples.js";
import { one, optional } from "./op.js";
import type { ExampleInput, Op } from "./op.js";

const int32 = (shape: readonly number[], values: readonly number[]): ExampleInput => ({ dtype: "int32", shape, values });

/** Self-attention with the projections of Q, K and V in one weight matrix, as onnxruntime's optimiser writes it: Q, K, V = input·weights + bias. */
export const MicrosoftAttention: Op<
  "input" | "weights" | "bias" | "mask_index" | "past" | "attention_bias" | "past_sequence_length",
  "output" | "present"
> = {
  name: "Attention",
  domain: "com.microsoft",
  since: [1],
  inputs: {
    input: one,
    weights: one,
    bias: optional,
    mask_index: optional,
    past: optional,
    attention_bias: optional,
    past_sequence_length: optional,
  },
  outputs: { output: one, present: optional },
  attrs: {
    num_heads: { kind: "int", required: true },
    unidirectional: { kind: "flag", default: 0 },
    qkv_hidden_sizes: { kind: "ints" },
    mask_filter_value: { kind: "float", default: -10000 },
    scale: { kind: "float" },
    do_rotary: { kind: "flag", default: 0 },
    rotary_embedding_dim: { kind: "int", default: 0 },
    past_present_share_buffer: { kind: "flag", default: 0 },
  },
  decompose: (c) => {
    const { b, x, attrs } = c;
    if (attrs.flag("do_rotary") || attrs.flag("past_present_share_buffer"))
      c.fail("rotary embeddings and shared buffers are not supported", { fix: "export the network before it is optimised for generation" });
    const projected = b.matmul(x.input, x.weights);
    const all = x.bias === "" ? projected : b.add(projected, x.bias);
    const third = b.shape(all)[2]! / 3;
    const [q, k, v] = b
      .split(all, attrs.optionalInts("qkv_hidden_sizes") ?? [third, third, third], 2)
      .map((p) => splitHeads(b, p, attrs.int("num_heads")));
    const pasts = x.past === "" ? [] : b.split(x.past, [1, 1], 0).map((p) => b.squeeze(p, [0]));
    const [K, V] = [k!, v!].map((now, i) => b.concat(pasts[i] === undefined ? [now] : [pasts[i], now], 2)) as [string, string];
    const y = filteredAttention(c, [q!, K, V], {
      mask: x.mask_index,
      bias: x.attention_bias,
      filter: attrs.float("mask_filter_value"),
      causal: attrs.flag("unidirectional"),
      past: b.shape(K)[2]! - b.shape(k!)[2]!,
      scale: attrs.optionalFloat("scale"),
    });
    return [
      mergeHeads(b, y),
      c.wants(1)
        ? b.concat(
            [K, V].map((p) => b.unsqueeze(p, [0])),
            0,
          )
        : "",
    ];
  },
  examples: [
    { name: "two heads", inputs: [floats([2, 3, 4]), floats([4, 12]), floats([12])], attrs: { num_heads: 2 } },
    {
      name: "unidirectional, scale",
      inputs: [floats([1, 3, 4]), floats([4, 12]), floats([12])],
      attrs: { num_heads: 2, unidirectional: 1, scale: 0.4 },
    },
    { name: "ends of the keys", inputs: [floats([2, 3, 4]), floats([4, 12]), floats([12]), int32([2], [2, 3])], attrs: { num_heads: 2 } },
    {
      name: "ends and starts of the keys",
      inputs: [floats([2, 3, 4]), floats([4, 12]), floats([12]), int32([4], [2, 3, 0, 1])],
      attrs: { num_heads: 2 },
    },
    {
      name: "mask per key, unidirectional",
      inputs: [floats([2, 3, 4]), floats([4, 12]), floats([12]), int32([2, 3], [1, 1, 0, 1, 0, 1])],
      attrs: { num_heads: 1, unidirectional: 1 },
    },
    {
      name: "mask per query and key",
      inputs: [floats([1, 3, 4]), floats([4, 12]), floats([12]), int32([1, 3, 3], [1, 1, 0, 1, 0, 1, 0, 1, 1])],
      attrs: { num_heads: 2 },
    },
    {
      name: "other widths, bias of the scores",
      inputs: [floats([1, 3, 4]), floats([4, 10]), floats([10]), null, null, floats([1, 2, 3, 3])],
      attrs: { num_heads: 2, qkv_hidden_sizes: [4, 4, 2] },
    },
    {
      name: "past and present",
      inputs: [floats([1, 2, 4]), floats([4, 12]), floats([12]), null, floats([2, 1, 2, 3, 2])],
      attrs: { num_heads: 2, unidirectional: 1 },
      outputs: 2,
    },
  ],
};
