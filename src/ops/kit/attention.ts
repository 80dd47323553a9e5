import type { GraphBuilder } from "../../graph/builder.js";
import { int64s, tensor } from "../../graph/tensor.js";

/** What a masked score becomes: finite, so that a row that is masked entirely stays a distribution, as in onnxruntime. */
export const MASKED = -3.4028234663852886e38;

/** [B, S, H·D] → [B, H, S, D]. */
export function splitHeads(b: GraphBuilder, x: string, heads: number): string {
  const [batch, steps, width] = b.shape(x) as [number, number, number];
  return b.transpose(b.reshape(x, [batch, steps, heads, width / heads]), [0, 2, 1, 3]);
}

/** [B, H, S, D] → [B, S, H·D]. */
export function mergeHeads(b: GraphBuilder, x: string): string {
  const [batch, heads, steps, width] = b.shape(x) as [number, number, number, number];
  return b.reshape(b.transpose(x, [0, 2, 1, 3]), [batch, steps, heads * width]);
}

/** left·right per head, where the heads of `left` form groups that share one head of `right` each. */
export function groupedMatMul(b: GraphBuilder, left: string, right: string): string {
  const [batch, heads, rows, inner] = b.shape(left) as [number, number, number, number];
  const [, shared, , columns] = b.shape(right) as [number, number, number, number];
  const y = b.matmul(b.reshape(left, [batch, shared, (heads / Math.max(1, shared)) * rows, inner]), right);
  return b.reshape(y, [batch, heads, rows, columns]);
}

/** scores where `allowed` holds, else MASKED. */
export const masked = (b: GraphBuilder, scores: string, allowed: string): string => b.where(allowed, scores, b.scalar(MASKED, scores));

/** Booleans [S, T]: whether query i may see key j, j ≤ i + offset. */
export function causal(b: GraphBuilder, queries: number, keys: number, offset: number): string {
  const last = b.constant(tensor("int64", [queries, 1], Float64Array.from({ length: queries }, (_, i) => i + offset + 1)));
  return b.less(keyPositions(b, keys), last);
}

/** 0, 1, …, T − 1. */
export const keyPositions = (b: GraphBuilder, keys: number): string => b.constant(int64s(Array.from({ length: keys }, (_, j) => j)));

/** Pads the last axis of a mask to `keys` with what masks. */
export function widenedMask(b: GraphBuilder, mask: string, keys: number): string {
  const { dtype, shape } = b.type(mask);
  const own = shape[shape.length - 1]!;
  if (own >= keys || own === 1) return mask;
  const rest = b.full(dtype === "bool" ? 0 : MASKED, { dtype, shape: [...shape.slice(0, -1), keys - own] });
  return b.concat([mask, rest], shape.length - 1);
}
