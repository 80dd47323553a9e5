import { formatType } from "../graph/tensor.js";
import { floats } from "./shared/examples.js";
import { one, optional } from "./op.js";
import type { ExampleInput, Op } from "./op.js";

type Ports = "query" | "key" | "value" | "past_state" | "decay" | "beta";

/**
 * Attention as a recurrence over time: S ← e^g·S + β·k ⊗ (v − (e^g·S)ᵀk), output = scale·Sᵀq, head by head. Without a decay e^g is 1, without the delta rule
 * β·(…) is v.
 */
export const LinearAttention: Op<Ports, "output" | "present_state"> = {
  name: "LinearAttention",
  since: [27],
  inputs: { query: one, key: one, value: one, past_state: optional, decay: optional, beta: optional },
  outputs: { output: one, present_state: one },
  attrs: {
    chunk_size: { kind: "int", default: 64 },
    kv_num_heads: { kind: "int", required: true },
    q_num_heads: { kind: "int", required: true },
    scale: { kind: "float", default: 0 },
    update_rule: { kind: "string", default: "gated_delta", oneOf: ["linear", "gated", "delta", "gated_delta"] },
  },
  decompose: (c) => {
    const { b, x, attrs } = c;
    const [heads, queries, rule] = [attrs.int("kv_num_heads"), attrs.int("q_num_heads"), attrs.string("update_rule")];
    const [examples, steps, width] = b.shape(x.query) as [number, number, number];
    if (!(heads > 0 && queries > 0 && queries % heads === 0 && width % queries === 0))
      c.fail(`${queries} heads of queries and ${heads} of keys do not fit its query`, { received: formatType(b.type(x.query)) });
    const [gated, delta] = [rule.startsWith("gated"), rule.endsWith("delta")];
    if (gated && !c.has("decay")) c.fail(`its rule "${rule}" needs a decay`);
    if (delta && !c.has("beta")) c.fail(`its rule "${rule}" needs beta`);
    const keys = width / queries;
    const values = b.shape(x.value)[2]! / heads;
    const scale = attrs.float("scale") || 1 / Math.sqrt(keys);
    /** Step t of a packed input, as [N, heads, …]. */
    const at = (v: string, t: number, shape: readonly number[]): string => b.reshape(b.slice(v, [t], [t + 1], [1]), [examples, ...shape]);
    const perHead = (v: string): number => b.shape(v)[2]! / heads;
    let state = c.has("past_state") ? x.past_state : b.full(0, { dtype: b.dtype(x.query), shape: [examples, heads, keys, values] });
    const outputs: string[] = [];
    for (let t = 0; t < steps; t++) {
      const key = at(x.key, t, [heads, keys, 1]);
      let value = at(x.value, t, [heads, 1, values]);
      if (gated) state = b.mul(state, b.exp(at(x.decay, t, [heads, perHead(x.decay), 1])));
      if (delta) value = b.mul(at(x.beta, t, [b.shape(x.beta)[2]!, 1, 1]), b.sub(value, b.matmul(b.swap(key), state)));
      state = b.add(state, b.matmul(key, value));
      // Neighbouring heads of queries share a head of keys.
      const read = b.matmul(at(x.query, t, [heads, queries / heads, keys]), state);
      outputs.push(b.reshape(read, [examples, 1, queries * values]));
    }
    if (outputs.length === 0) c.fail("its sequence is empty");
    return [b.scale(b.concat(outputs, 1), scale), state];
  },
  examples: [
    example("linear", { q_num_heads: 2, kv_num_heads: 2, update_rule: "linear" }, [floats([2, 3, 8]), floats([2, 3, 8]), floats([2, 3, 6])]),
    example("gated, by key, two queries a head", { q_num_heads: 2, kv_num_heads: 1, update_rule: "gated", scale: 0.5 }, [
      floats([2, 3, 8]),
      floats([2, 3, 4]),
      floats([2, 3, 3]),
      floats([2, 1, 4, 3]),
      floats([2, 3, 4]),
    ]),
    example("delta", { q_num_heads: 2, kv_num_heads: 2, update_rule: "delta" }, [
      floats([1, 3, 4]),
      floats([1, 3, 4]),
      floats([1, 3, 4]),
      null,
      null,
      floats([1, 3, 1]),
    ]),
    example("gated delta, by head", { q_num_heads: 2, kv_num_heads: 2 }, [
      floats([2, 3, 4]),
      floats([2, 3, 4]),
      floats([2, 3, 6]),
      floats([2, 2, 2, 3]),
      floats([2, 3, 2]),
      floats([2, 3, 2]),
    ]),
  ],
};

function example(name: string, attrs: Record<string, number | string>, inputs: readonly (ExampleInput | null)[]) {
  return { name, inputs, attrs, outputs: 2, withoutRuntime: "it is of opset 27" };
}
