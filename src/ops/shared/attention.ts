import type { GraphBuilder } from "../../graph/builder.js";
import { int64s, tensor } from "../../graph/tensor.js";
import type { DecomposeContext } from "../op.js";

/** What a masked score becomes: finite, so that a row that is masked entirely stays a distribution, as in onnxruntime. */
export const MASKED = -3.4028234663852886e38;

/** Appends the split into heads: [B, S, H·D] → [B, H, S, D]. */
export function splitHeads(b: GraphBuilder, x: string, heads: number): string {
  const [batch, steps, width] = b.shape(x) as [number, number, number];
  return b.transpose(b.reshape(x, [batch, steps, heads, width / heads]), [0, 2, 1, 3]);
}

/** Appends the merging of heads: [B, H, S, D] → [B, S, H·D]. */
export function mergeHeads(b: GraphBuilder, x: string): string {
  const [batch, heads, steps, width] = b.shape(x) as [number, number, number, number];
  return b.reshape(b.transpose(x, [0, 2, 1, 3]), [batch, steps, heads * width]);
}

/** Appends left·right per head, where the heads of `left` form groups that share one head of `right` each. */
export function groupedMatMul(b: GraphBuilder, left: string, right: string): string {
  const [batch, heads, rows, inner] = b.shape(left) as [number, number, number, number];
  const [, shared, , columns] = b.shape(right) as [number, number, number, number];
  const y = b.matmul(b.reshape(left, [batch, shared, (heads / Math.max(1, shared)) * rows, inner]), right);
  return b.reshape(y, [batch, heads, rows, columns]);
}

/** Appends scores where `allowed` holds, else MASKED. */
const masked = (b: GraphBuilder, scores: string, allowed: string): string => b.where(allowed, scores, b.scalar(MASKED, scores));

/** Appends booleans [S, T]: whether query i may see key j, j ≤ i + offset. */
function causal(b: GraphBuilder, queries: number, keys: number, offset: number): string {
  const last = b.constant(
    tensor(
      "int64",
      [queries, 1],
      Float64Array.from({ length: queries }, (_, i) => i + offset + 1),
    ),
  );
  return b.less(keyPositions(b, keys), last);
}

/** Appends 0, 1, …, T − 1. */
export const keyPositions = (b: GraphBuilder, keys: number): string => b.constant(int64s(Array.from({ length: keys }, (_, j) => j)));

/** Pads the last axis of a mask to `keys` with what masks. */
export function widenedMask(b: GraphBuilder, mask: string, keys: number): string {
  const { dtype, shape } = b.type(mask);
  const own = shape[shape.length - 1]!;
  if (own >= keys || own === 1) return mask;
  const rest = b.full(dtype === "bool" ? 0 : -Infinity, { dtype, shape: [...shape.slice(0, -1), keys - own] });
  return b.concat([mask, rest], shape.length - 1);
}

/**
 * Appends softmax(scale·Q·Kᵀ + masks)·V as onnxruntime's own attention ops mask: `filter` is added where `mask` hides a key.
 * A mask is [B] (ends of the keys), [2B] (ends, then starts), [B, T] or [B, S, T] (1 to keep).
 */
export function filteredAttention(
  c: DecomposeContext,
  [Q, K, V]: readonly [string, string, string],
  o: {
    readonly mask: string;
    readonly bias: string;
    readonly filter: number;
    readonly causal: boolean;
    readonly past: number;
    readonly scale: number | undefined;
  },
): string {
  const { b } = c;
  const [, , queries, width] = b.shape(Q) as [number, number, number, number];
  const keys = b.shape(K)[2]!;
  let scores = b.matmul(b.scale(Q, o.scale ?? 1 / Math.sqrt(width)), b.swap(K));
  if (o.mask !== "") {
    const allowed = visible(c, o.mask, b.shape(Q)[0]!, queries, keys);
    scores = b.add(scores, b.where(allowed, b.scalar(0, scores), b.scalar(o.filter, scores)));
  }
  if (o.causal) scores = masked(b, scores, causal(b, queries, keys, o.past));
  if (o.bias !== "") scores = b.add(scores, o.bias);
  return b.matmul(b.op("Softmax", [scores], { axis: -1 }), V);
}

function visible(c: DecomposeContext, mask: string, batch: number, queries: number, keys: number): string {
  const { b } = c;
  const { dtype, shape } = b.type(mask);
  const zero = b.scalarOf(dtype, 0);
  const key = shape.join();
  if (shape.length === 3 && key === [batch, queries, keys].join()) return b.greater(b.reshape(mask, [batch, 1, queries, keys]), zero);
  if (shape.length === 2 && key === [batch, keys].join()) return b.greater(b.reshape(mask, [batch, 1, 1, keys]), zero);
  if (shape.length !== 1 || (shape[0] !== batch && shape[0] !== 2 * batch)) {
    return c.fail("its mask has a shape that is not supported", {
      expected: `[${batch}], [${2 * batch}], [${batch}, ${keys}] or [${batch}, ${queries}, ${keys}]`,
      received: `[${shape.join(", ")}]`,
    });
  }
  const [ends, starts] = b.split(b.reshape(b.cast(mask, "int64"), [shape[0], 1, 1, 1]), shape[0] === batch ? [batch] : [batch, batch], 0);
  const before = b.less(keyPositions(b, keys), ends!);
  return starts === undefined ? before : b.op("And", [before, b.op("GreaterOrEqual", [keyPositions(b, keys), starts])]);
}
