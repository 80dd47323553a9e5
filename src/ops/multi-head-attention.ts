import { filteredAttention, mergeHeads, splitHeads } from "./shared/attention.js";
import { floats } from "./shared/examples.js";
import { one, optional } from "./op.js";
import type { Op } from "./op.js";

type Ports = "query" | "key" | "value" | "bias" | "key_padding_mask" | "attention_bias" | "past_key" | "past_value";

/** Attention over separate queries, keys and values, as onnxruntime's optimiser writes it; `bias` is added to all three before they are split into heads. */
export const MultiHeadAttention: Op<Ports, "output" | "present_key" | "present_value"> = {
  name: "MultiHeadAttention",
  domain: "com.microsoft",
  since: [1],
  inputs: {
    query: one,
    key: optional,
    value: optional,
    bias: optional,
    key_padding_mask: optional,
    attention_bias: optional,
    past_key: optional,
    past_value: optional,
  },
  outputs: { output: one, present_key: optional, present_value: optional },
  attrs: {
    num_heads: { kind: "int", required: true },
    mask_filter_value: { kind: "float", default: -10000 },
    scale: { kind: "float" },
    unidirectional: { kind: "flag", default: 0 },
  },
  decompose: (c) => {
    const { b, x, attrs } = c;
    if (!c.has("key") || !c.has("value") || b.shape(x.key).length === 5) c.fail("packed queries, keys and values are not supported");
    const sources = [x.query, x.key, x.value];
    const flat = (v: string): boolean => b.shape(v).length === 3;
    const biases =
      x.bias === ""
        ? []
        : b.split(
            x.bias,
            sources.map((v) => b.shape(v)[2]!),
            0,
          );
    const [q, k, v] = sources.map((s, i) => {
      if (!flat(s)) return s;
      return splitHeads(b, biases[i] === undefined ? s : b.add(s, biases[i]), attrs.int("num_heads"));
    }) as [string, string, string];
    const K = b.concat(c.has("past_key") ? [x.past_key, k] : [k], 2);
    const V = b.concat(c.has("past_value") ? [x.past_value, v] : [v], 2);
    const y = filteredAttention(c, [q, K, V], {
      mask: x.key_padding_mask,
      bias: x.attention_bias,
      filter: attrs.float("mask_filter_value"),
      causal: attrs.flag("unidirectional"),
      past: b.shape(K)[2]! - b.shape(k)[2]!,
      scale: attrs.optionalFloat("scale"),
    });
    return [mergeHeads(b, y), K, V];
  },
  examples: [
    { name: "cross attention with bias", inputs: [floats([2, 3, 4]), floats([2, 2, 4]), floats([2, 2, 6]), floats([14])], attrs: { num_heads: 2 } },
    { name: "keys in heads", inputs: [floats([2, 3, 4]), floats([2, 2, 5, 2]), floats([2, 2, 5, 2])], attrs: { num_heads: 2, scale: 0.3 } },
    {
      name: "padding mask, bias of the scores",
      inputs: [
        floats([2, 2, 4]),
        floats([2, 3, 4]),
        floats([2, 3, 4]),
        null,
        { dtype: "int32", shape: [2, 3], values: [1, 1, 0, 0, 1, 1] },
        floats([1, 2, 2, 3]),
      ],
      attrs: { num_heads: 2 },
    },
    { name: "unidirectional", inputs: [floats([1, 3, 4]), floats([1, 3, 4]), floats([1, 3, 4])], attrs: { num_heads: 2, unidirectional: 1 } },
    {
      name: "past and present",
      inputs: [floats([1, 2, 4]), floats([1, 2, 4]), floats([1, 2, 4]), null, null, null, floats([1, 2, 3, 2]), floats([1, 2, 3, 2])],
      attrs: { num_heads: 2 },
      outputs: 3,
    },
  ],
};
