import { causal, groupedMatMul, keyPositions, masked, mergeHeads, splitHeads, widenedMask } from "./kit/attention.js";
import { bools, floats } from "./kit/examples.js";
import { one, optional } from "./op.js";
import type { DecomposeContext, Example, Op } from "./op.js";

type Ports = "Q" | "K" | "V" | "attn_mask" | "past_key" | "past_value" | "nonpad_kv_seqlen";

const examples: readonly Example[] = [
  { name: "one head each", inputs: [floats([2, 1, 3, 4]), floats([2, 1, 5, 4]), floats([2, 1, 5, 2])] },
  { name: "heads split from rank 3", inputs: [floats([2, 3, 4]), floats([2, 2, 4]), floats([2, 2, 6])], attrs: { q_num_heads: 2, kv_num_heads: 2, scale: 0.7 } },
  { name: "grouped heads, causal", inputs: [floats([1, 4, 3, 2]), floats([1, 2, 3, 2]), floats([1, 2, 3, 2])], attrs: { is_causal: 1 } },
  { name: "grouped heads from rank 3", inputs: [floats([2, 2, 8]), floats([2, 3, 4]), floats([2, 3, 4])], attrs: { q_num_heads: 4, kv_num_heads: 2 } },
  { name: "boolean mask", inputs: [floats([2, 2, 2, 2]), floats([2, 2, 3, 2]), floats([2, 2, 3, 2]), bools([1, 1, 0, 0, 1, 1], [2, 3])] },
  { name: "float mask per batch and head", inputs: [floats([2, 2, 2, 2]), floats([2, 2, 3, 2]), floats([2, 2, 3, 2]), floats([2, 2, 2, 3])] },
  { name: "float mask, causal", inputs: [floats([2, 1, 3, 2]), floats([2, 1, 3, 2]), floats([2, 1, 3, 2]), floats([3, 3])], attrs: { is_causal: 1 } },
  { name: "boolean mask, causal", inputs: [floats([1, 1, 3, 2]), floats([1, 1, 3, 2]), floats([1, 1, 3, 2]), bools([1, 0, 0, 1, 1, 1, 0, 1, 1], [3, 3])], attrs: { is_causal: 1 } },
  {
    name: "past and present, causal",
    inputs: [floats([2, 2, 2, 2]), floats([2, 2, 2, 2]), floats([2, 2, 2, 2]), null, floats([2, 2, 3, 2]), floats([2, 2, 3, 2])],
    attrs: { is_causal: 1 },
    outputs: 3,
  },
  ...[0, 1, 2, 3].map((mode) => ({
    name: `scores of mode ${mode}, softcap`,
    inputs: [floats([1, 2, 2, 2]), floats([1, 2, 3, 2]), floats([1, 2, 3, 2]), floats([2, 3])],
    attrs: { softcap: 0.8, qk_matmul_output_mode: mode },
    outputs: 4,
  })),
  { name: "softmax in double", inputs: [floats([1, 1, 2, 2]), floats([1, 1, 3, 2]), floats([1, 1, 3, 2])], attrs: { softmax_precision: "float64" } },
  {
    name: "padded keys",
    inputs: [floats([2, 1, 2, 2]), floats([2, 1, 4, 2]), floats([2, 1, 4, 2]), null, null, null, { dtype: "int64", shape: [2], values: [3, 4] }],
  },
  {
    name: "padded keys, causal",
    inputs: [floats([2, 1, 2, 2]), floats([2, 1, 4, 2]), floats([2, 1, 4, 2]), null, null, null, { dtype: "int64", shape: [2], values: [3, 4] }],
    attrs: { is_causal: 1 },
  },
];

/**
 * Scaled dot-product attention Y = softmax(softcap(scale·Q·Kᵀ) + mask)·V per head; heads of Q may share heads of K and V in groups.
 * softcap(x) = c·tanh(x/c). Past keys and values are put before the new ones. Where a query may see no key at all, it sees all alike.
 */
export const Attention: Op<Ports, "Y" | "present_key" | "present_value" | "qk_matmul_output"> = {
  name: "Attention",
  since: [23, 24],
  inputs: { Q: one, K: one, V: one, attn_mask: optional, past_key: optional, past_value: optional, nonpad_kv_seqlen: optional },
  outputs: { Y: one, present_key: optional, present_value: optional, qk_matmul_output: optional },
  attrs: {
    is_causal: { kind: "int", default: 0 },
    kv_num_heads: { kind: "int" },
    q_num_heads: { kind: "int" },
    qk_matmul_output_mode: { kind: "int", default: 0 },
    scale: { kind: "float" },
    softcap: { kind: "float", default: 0 },
    softmax_precision: { kind: "dtype" },
  },
  decompose: (c) => {
    const { b, x, attrs } = c;
    const flat = b.shape(x.Q).length === 3;
    const heads = (v: string, attr: string): string => (flat ? splitHeads(b, v, attrs.optionalInt(attr) ?? c.fail(`inputs of rank 3 need the attribute ${attr}`)) : v);
    const Q = heads(x.Q, "q_num_heads");
    const K = b.concat([...(c.has("past_key") ? [x.past_key] : []), heads(x.K, "kv_num_heads")], 2);
    const V = b.concat([...(c.has("past_value") ? [x.past_value] : []), heads(x.V, "kv_num_heads")], 2);
    const [, queryHeads, , width] = b.shape(Q) as [number, number, number, number];
    const keyHeads = b.shape(K)[1]!;
    if (queryHeads % keyHeads !== 0) c.fail("the heads of Q do not form groups over those of K", { received: `${queryHeads} and ${keyHeads}` });

    const raw = groupedMatMul(b, b.scale(Q, attrs.optionalFloat("scale") ?? 1 / Math.sqrt(width)), b.swap(K));
    const cap = attrs.float("softcap");
    const capped = cap > 0 ? b.scale(b.op("Tanh", [b.scale(raw, 1 / cap)]), cap) : raw;
    const biased = withMasks(c, capped, b.shape(K)[2]!);
    const precision = attrs.optionalDtype("softmax_precision") ?? b.dtype(biased);
    const weights = b.cast(b.op("Softmax", [b.cast(biased, precision)], { axis: -1 }), b.dtype(raw));
    const Y = groupedMatMul(b, weights, V);
    const scores = [raw, capped, biased, weights][attrs.int("qk_matmul_output_mode")] ?? c.fail("qk_matmul_output_mode is not 0 to 3");
    return [flat ? mergeHeads(b, Y) : Y, K, V, scores];
  },
  examples: examples.map((e) => ({ ...e, withoutFloat64: "onnxruntime expands it into a function that rounds the scale to float32" })),
};

/** The scores [B, H, S, T] with everything that hides keys. */
function withMasks(c: DecomposeContext<Ports>, scores: string, keys: number): string {
  const { b, x } = c;
  const [batch, , queries] = b.shape(scores) as [number, number, number];
  let out = scores;
  if (c.has("attn_mask")) {
    const mask = widenedMask(b, x.attn_mask, keys);
    out = b.dtype(mask) === "bool" ? masked(b, out, mask) : b.add(out, mask);
  }
  const padded = c.has("nonpad_kv_seqlen") ? b.reshape(x.nonpad_kv_seqlen, [batch, 1, 1, 1]) : undefined;
  if (c.attrs.flag("is_causal")) {
    const past = c.has("past_key") ? b.shape(x.past_key)[2]! : 0;
    // With padded keys the last query stands at the last key that is none.
    const allowed =
      padded === undefined || c.has("past_key")
        ? causal(b, queries, keys, past)
        : b.less(b.sub(b.reshape(keyPositions(b, keys), [1, keys]), b.reshape(keyPositions(b, queries), [queries, 1])), b.add(padded, b.scalarOf("int64", 1 - queries)));
    out = masked(b, out, allowed);
  }
  return padded === undefined ? out : masked(b, out, b.less(keyPositions(b, keys), padded));
}
