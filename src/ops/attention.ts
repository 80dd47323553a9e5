import { isFloat, tensor } from "../graph/tensor.js";
import { MASKED, groupedMatMul, keyPositions, mergeHeads, splitHeads, widenedMask } from "./shared/attention.js";
import { bools, floats } from "./shared/examples.js";
import { one, optional } from "./op.js";
import type { DecomposeContext, Example, Op } from "./op.js";

type Ports = "Q" | "K" | "V" | "attn_mask" | "past_key" | "past_value" | "nonpad_kv_seqlen";

const examples: readonly Example[] = [
  { name: "one head each", inputs: [floats([2, 1, 3, 4]), floats([2, 1, 5, 4]), floats([2, 1, 5, 2])] },
  {
    name: "heads split from rank 3",
    inputs: [floats([2, 3, 4]), floats([2, 2, 4]), floats([2, 2, 6])],
    attrs: { q_num_heads: 2, kv_num_heads: 2, scale: 0.7 },
  },
  { name: "grouped heads, causal", inputs: [floats([1, 4, 3, 2]), floats([1, 2, 3, 2]), floats([1, 2, 3, 2])], attrs: { is_causal: 1 } },
  {
    name: "grouped heads from rank 3",
    inputs: [floats([2, 2, 8]), floats([2, 3, 4]), floats([2, 3, 4])],
    attrs: { q_num_heads: 4, kv_num_heads: 2 },
  },
  { name: "boolean mask", inputs: [floats([2, 2, 2, 2]), floats([2, 2, 3, 2]), floats([2, 2, 3, 2]), bools([1, 1, 0, 0, 1, 1], [2, 3])] },
  { name: "float mask per batch and head", inputs: [floats([2, 2, 2, 2]), floats([2, 2, 3, 2]), floats([2, 2, 3, 2]), floats([2, 2, 2, 3])] },
  { name: "float mask, causal", inputs: [floats([2, 1, 3, 2]), floats([2, 1, 3, 2]), floats([2, 1, 3, 2]), floats([3, 3])], attrs: { is_causal: 1 } },
  {
    name: "boolean mask, causal",
    inputs: [floats([1, 1, 3, 2]), floats([1, 1, 3, 2]), floats([1, 1, 3, 2]), bools([1, 0, 0, 1, 1, 1, 0, 1, 1], [3, 3])],
    attrs: { is_causal: 1 },
  },
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
    name: "queries without keys",
    inputs: [floats([1, 1, 3, 2]), floats([1, 1, 3, 2]), floats([1, 1, 3, 2]), bools([0, 0, 0, 1, 0, 1, 0, 0, 0], [3, 3])],
    attrs: { qk_matmul_output_mode: 3 },
    outputs: 4,
  },
  {
    name: "a query whose keys are all −∞",
    inputs: [
      floats([1, 1, 2, 2]),
      floats([1, 1, 2, 2]),
      floats([1, 1, 2, 2]),
      floats([2, 2], { values: [-Infinity, -Infinity, 0.5, -Infinity], constant: true }),
    ],
  },
  ...[
    [2, 0],
    [1, 1],
    [-1, 1],
    [0, -1],
  ].map(([left, right]) => ({
    name: `window of ${left} to the left, ${right} to the right`,
    inputs: [floats([1, 2, 4, 2]), floats([1, 1, 6, 2]), floats([1, 1, 6, 2])],
    attrs: { left_window_size: left!, right_window_size: right! },
    withoutRuntime: "it refuses the windows of opset 25",
  })),
  {
    name: "window after the past, causal",
    inputs: [floats([1, 1, 2, 2]), floats([1, 1, 2, 2]), floats([1, 1, 2, 2]), null, floats([1, 1, 3, 2]), floats([1, 1, 3, 2])],
    attrs: { is_causal: 1, left_window_size: 2, right_window_size: 3 },
    withoutRuntime: "it refuses the windows of opset 25",
  },
  {
    name: "window among padded keys",
    inputs: [floats([2, 1, 2, 2]), floats([2, 1, 4, 2]), floats([2, 1, 4, 2]), null, null, null, { dtype: "int64", shape: [2], values: [2, 4] }],
    attrs: { left_window_size: 1, right_window_size: 0 },
    withoutRuntime: "it refuses the windows of opset 25",
  },
  {
    name: "padded keys, causal",
    inputs: [floats([2, 1, 2, 2]), floats([2, 1, 4, 2]), floats([2, 1, 4, 2]), null, null, null, { dtype: "int64", shape: [2], values: [3, 4] }],
    attrs: { is_causal: 1 },
  },
];

/**
 * Scaled dot-product attention Y = softmax(softcap(scale·Q·Kᵀ) + mask)·V per head; heads of Q may share heads of K and V in groups.
 * softcap(x) = c·tanh(x/c). Past keys and values are put before the new ones. The row of a query that may see no key is 0.
 */
export const Attention: Op<Ports, "Y" | "present_key" | "present_value" | "qk_matmul_output"> = {
  name: "Attention",
  since: [23, 24, 25],
  inputs: { Q: one, K: one, V: one, attn_mask: optional, past_key: optional, past_value: optional, nonpad_kv_seqlen: optional },
  outputs: { Y: one, present_key: optional, present_value: optional, qk_matmul_output: optional },
  attrs: {
    is_causal: { kind: "flag", default: 0 },
    kv_num_heads: { kind: "int" },
    left_window_size: { kind: "int", default: -1 },
    q_num_heads: { kind: "int" },
    qk_matmul_output_mode: { kind: "int", default: 0 },
    right_window_size: { kind: "int", default: -1 },
    scale: { kind: "float" },
    softcap: { kind: "float", default: 0 },
    softmax_precision: { kind: "dtype" },
  },
  decompose: (c) => {
    const { b, x, attrs } = c;
    const flat = b.shape(x.Q).length === 3;
    const heads = (v: string, attr: string): string =>
      flat ? splitHeads(b, v, attrs.optionalInt(attr) ?? c.fail(`inputs of rank 3 need the attribute ${attr}`)) : v;
    const Q = heads(x.Q, "q_num_heads");
    const K = b.concat([...(c.has("past_key") ? [x.past_key] : []), heads(x.K, "kv_num_heads")], 2);
    const V = b.concat([...(c.has("past_value") ? [x.past_value] : []), heads(x.V, "kv_num_heads")], 2);
    const [, queryHeads, , width] = b.shape(Q) as [number, number, number, number];
    const keyHeads = b.shape(K)[1]!;
    if (queryHeads % keyHeads !== 0) c.fail("the heads of Q do not form groups over those of K", { received: `${queryHeads} and ${keyHeads}` });

    const raw = groupedMatMul(b, b.scale(Q, attrs.optionalFloat("scale") ?? 1 / Math.sqrt(width)), b.swap(K));
    const cap = attrs.float("softcap");
    const capped = cap > 0 ? b.scale(b.op("Tanh", [b.scale(raw, 1 / cap)]), cap) : raw;
    const { allowed, bias, live } = hidden(c, capped, b.shape(K)[2]!);
    const biased = (lowest: number): string => {
      // What hides a key stays finite for Softmax, so that a row without any key has a derivative; `live` drops that row.
      const sum = bias === undefined ? capped : b.add(capped, lowest === -Infinity ? bias : b.op("Max", [bias, b.scalar(lowest, bias)]));
      return allowed === undefined ? sum : b.where(allowed, sum, b.scalar(lowest, sum));
    };
    const seen = (v: string): string => (live === undefined ? v : b.mul(v, live));
    const scores = biased(MASKED);
    const precision = attrs.optionalDtype("softmax_precision") ?? b.dtype(scores);
    if (!isFloat(precision)) c.fail("its softmax_precision is no float", { received: precision });
    const weights = b.cast(b.op("Softmax", [b.cast(scores, precision)], { axis: -1 }), b.dtype(raw));
    const Y = seen(groupedMatMul(b, weights, V));
    const mode = attrs.int("qk_matmul_output_mode");
    if (!(mode >= 0 && mode <= 3)) c.fail("qk_matmul_output_mode is not 0 to 3", { received: String(mode) });
    const shown = !c.wants(3) ? undefined : mode === 0 ? raw : mode === 1 ? capped : mode === 2 ? biased(-Infinity) : seen(weights);
    return [flat ? mergeHeads(b, Y) : Y, K, V, shown];
  },
  examples: examples.map((e) => ({ ...e, withoutFloat64: "onnxruntime expands it into a function that rounds the scale to float32" })),
};

interface Hidden {
  /** Which keys each query may see, broadcast to [B, H, S, T]; undefined when all. */
  readonly allowed: string | undefined;
  /** What is added to the scores; undefined when nothing. */
  readonly bias: string | undefined;
  /** 1 for queries that see any key, else 0, broadcast to [B, H, S, 1]; undefined when all do. */
  readonly live: string | undefined;
}

/** What hides keys from the queries of `scores` [B, H, S, T]: the mask, the order of positions, the window, the padding. */
function hidden(c: DecomposeContext<Ports>, scores: string, keys: number): Hidden {
  const { b, x, attrs } = c;
  const [batch, , queries] = b.shape(scores) as [number, number, number];
  const conditions: string[] = [];
  let [bias, reachable]: (string | undefined)[] = [];
  if (c.has("attn_mask")) {
    const mask = widenedMask(b, x.attn_mask, keys);
    if (b.dtype(mask) === "bool") conditions.push(mask);
    else {
      bias = mask;
      if (b.constantOf(mask)?.data.every((v) => v !== -Infinity) !== true) reachable = b.greater(mask, b.scalar(-Infinity, mask));
    }
  }
  const padded = c.has("nonpad_kv_seqlen") ? b.reshape(x.nonpad_kv_seqlen, [batch, 1, 1, 1]) : undefined;
  const key = keyPositions(b, keys);
  const [left, right] = [attrs.int("left_window_size"), attrs.int("right_window_size")];
  const ahead = attrs.flag("is_causal") ? 0 : right < 0 ? undefined : right;
  if (ahead !== undefined || left >= 0) {
    // The position of each query among the keys: with padded keys the last query stands at the last key that is none.
    const past = c.has("past_key") ? b.shape(x.past_key)[2]! : 0;
    const column = (from: number): string =>
      b.constant(
        tensor(
          "int64",
          [queries, 1],
          Float64Array.from({ length: queries }, (_, i) => i + from),
        ),
      );
    const position = (from: number): string =>
      padded === undefined || c.has("past_key") ? column(past + from) : b.add(padded, column(from - queries));
    if (ahead !== undefined) conditions.push(b.less(key, position(ahead + 1)));
    if (left >= 0) conditions.push(b.greater(key, position(-left - 1)));
  }
  if (padded !== undefined) conditions.push(b.less(key, padded));
  const both = (p: string | undefined, q: string): string => (p === undefined ? q : b.op("And", [p, q]));
  const allowed = conditions.reduce<string | undefined>(both, undefined);
  const visible = [...(allowed === undefined ? [] : [allowed]), ...(reachable === undefined ? [] : [reachable])].reduce<string | undefined>(
    both,
    undefined,
  );
  const live = visible === undefined ? undefined : b.reduceMax(b.cast(visible, b.dtype(scores)), [-1]);
  return { allowed, bias, live: live !== undefined && b.constantOf(live)?.data.every((v) => v === 1) === true ? undefined : live };
}
