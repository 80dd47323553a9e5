import type { Tensor } from "../graph/tensor.js";
import { UNROLL_LIMIT } from "./shared/control.js";
import { normalizeAxis } from "./shared/elementwise.js";
import { sequence, sequenceOf } from "./shared/sequences.js";
import { one, optional } from "./op.js";
import type { DecomposeContext, Op } from "./op.js";

/**
 * output_sequence = stretches of input along `axis`: of the sizes `split`, of the one size `split` (the last may be shorter), or single slices, which
 * lose the axis unless `keepdims`.
 */
export const SplitToSequence: Op<"input" | "split", "output_sequence"> = {
  name: "SplitToSequence",
  since: [11, 24],
  inputs: { input: one, split: optional },
  outputs: { output_sequence: sequence },
  attrs: { axis: { kind: "int", default: 0 }, keepdims: { kind: "flag", default: 1 } },
  decompose: (c) => {
    const { b, x, attrs } = c;
    const shape = b.shape(x.input);
    const axis = normalizeAxis(attrs.int("axis"), shape.length, c.node.op);
    const sizes = sizesOf(c, shape[axis]!, c.has("split") ? c.constant("split") : undefined);
    const parts = sizes.length === 0 ? [] : b.split(x.input, sizes, axis);
    const drops = !c.has("split") && !attrs.flag("keepdims");
    return [sequenceOf(c, drops ? parts.map((p) => b.squeeze(p, [axis])) : parts)];
  },
  examples: [],
};

function sizesOf(c: DecomposeContext<"input" | "split">, size: number, split: Tensor | undefined): readonly number[] {
  const each = !split ? 1 : split.shape.length === 0 ? split.data[0]! : undefined;
  if (each !== undefined && !(each > 0)) c.fail("it splits into parts of no size", { received: String(each) });
  const count = each === undefined ? split!.data.length : Math.ceil(size / each);
  if (count > UNROLL_LIMIT.iterations) c.fail(`it splits into more than ${UNROLL_LIMIT.iterations} parts`, { fix: "bind a shorter input" });
  const sizes = each === undefined ? Array.from(split!.data) : Array.from({ length: count }, (_, i) => Math.min(each, size - i * each));
  if (sizes.some((s) => !(s >= 0)) || sizes.reduce((s, d) => s + d, 0) !== size)
    c.fail(`cannot split an axis of size ${size} into [${sizes.slice(0, 8).join(", ")}]`);
  return sizes;
}
