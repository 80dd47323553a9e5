import { weightFill } from "../init/scheme.js";
import { tensor } from "../../graph/tensor.js";
import type { Net } from "../net.js";
import { linear } from "./affine.js";
import { reshape } from "./pool.js";

/** Options of a self-attention layer. */
export interface AttentionOptions {
  readonly heads: number;
  /** Whether each position attends only to itself and earlier ones. */
  readonly causal: boolean;
  readonly bias: boolean;
  /** Multiplies the initial weights of value and output projection (β of DeepNorm). */
  readonly scale: number;
}

/**
 * Appends multi-head self-attention softmax(Q·Kᵀ/√d_h)·V, d_h = d/heads, over [N, T, d], with separate linear layers for query, key, value and
 * output (Vaswani et al. 2017).
 */
export function attention(net: Net, x: string, { heads, causal, bias, scale }: AttentionOptions): string {
  const { b } = net;
  const [, length, width] = b.shape(x);
  const each = width! / heads;
  const project = (name: string, by: number): string =>
    net.within(name, () => linear(net, x, width!, { bias, fill: (fans) => weightFill(net.init, fans, by) }));
  const split = (v: string, perm: readonly number[]): string => b.transpose(reshape(net, v, [0, 0, heads, each]), perm);
  const q = split(project("query", 1), [0, 2, 1, 3]);
  const k = split(project("key", 1), [0, 2, 3, 1]);
  const v = split(project("value", scale), [0, 2, 1, 3]);
  const scores = b.scale(b.matmul(q, k), 1 / Math.sqrt(each));
  const seen = causal ? b.where(causalMask(net, length!), scores, b.scalar(-1e9, scores)) : scores;
  const mixed = b.matmul(b.op("Softmax", [seen], { axis: -1 }), v);
  const joined = reshape(net, b.transpose(mixed, [0, 2, 1, 3]), [0, 0, width!]);
  return net.within("output", () => linear(net, joined, width!, { bias, scale }));
}

/** Adds the boolean mask [T, T] that is true where a position (row) may attend to another (column). */
const causalMask = (net: Net, length: number): string =>
  net.b.constant(
    tensor(
      "bool",
      [length, length],
      Uint8Array.from({ length: length * length }, (_, i) => (i % length <= Math.floor(i / length) ? 1 : 0)),
    ),
  );
