import { broadcastAll, broadcastMap } from "./elementwise.js";
import type { Tensor, ValueType } from "../../graph/tensor.js";
import type { EvalContext, InferContext, VjpContext } from "../op.js";

/** Shape rule of Max, Min, Sum and Mean. */
export const inferVariadic = (c: InferContext): readonly ValueType[] => broadcastAll(c);

/** f folded over all inputs, broadcasting. */
export function foldInputs(c: EvalContext, f: (a: number, b: number) => number): readonly Tensor[] {
  const out = c.out[0]!;
  const zero: Tensor = { dtype: out.dtype, shape: [], data: new Float64Array(1) };
  const first = broadcastMap(c.xs[0]!, zero, out, (a) => a);
  return [c.xs.slice(1).reduce((acc, x) => broadcastMap(acc, x, out, f), first)];
}

/**
 * Cotangents of Max (`wins` = Greater) and Min (`wins` = Less): the whole of ȳ to the input that is y, equal shares where
 * several are, as torch.maximum and torch.minimum have it.
 */
export function extremumCotangents(c: VjpContext, wins: "Greater" | "Less"): readonly (string | undefined)[] {
  const { b, xs, ys, gs } = c;
  const [y, g] = [ys[0]!, gs[0]!];
  if (xs.length === 1) return [g];
  const zero = b.scalar(0, g);
  if (xs.length === 2) {
    // ḡᵢ = ȳ/2 where both are equal, else ȳ where xᵢ wins, else 0
    const tie = b.equal(xs[0]!, xs[1]!);
    const half = b.scale(g, 0.5);
    const part = (own: string, other: string): string => b.where(tie, half, b.where(b.op(wins, [own, other]), g, zero));
    return [c.need(0) ? part(xs[0]!, xs[1]!) : undefined, c.need(1) ? part(xs[1]!, xs[0]!) : undefined];
  }
  // ḡᵢ = mᵢ·ȳ/Σm, where mᵢ = 1 where xᵢ = y
  const masks = xs.map((v) => b.cast(b.equal(v, y), b.dtype(y)));
  const share = b.div(g, b.sum(masks)!);
  return xs.map((_, i) => (c.need(i) ? b.mul(masks[i]!, share) : undefined));
}
