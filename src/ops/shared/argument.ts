import type { ValueType } from "../../graph/tensor.js";
import type { AttrSpec, EvalContext, InferContext } from "../op.js";
import type { Tensor } from "../../graph/tensor.js";
import { normalizeAxis, result } from "./elementwise.js";
import { aroundAxis } from "./indexing.js";

/** Attributes of ArgMax and ArgMin. */
export const ARGUMENT_ATTRS: Readonly<Record<string, AttrSpec>> = {
  axis: { kind: "int", default: 0 },
  keepdims: { kind: "int", default: 1 },
  select_last_index: { kind: "int", default: 0 },
};

/** Shape rule of ArgMax and ArgMin: int64 indices, the axis kept as 1 or dropped. */
export function inferArgument(c: InferContext<"data">): readonly ValueType[] {
  const { shape } = c.type("data");
  const axis = normalizeAxis(c.attrs.int("axis"), shape.length, c.node.op);
  if (shape[axis] === 0) c.fail(`axis ${axis} has no elements`);
  return [{ dtype: "int64", shape: shape.flatMap((d, i) => (i !== axis ? [d] : c.attrs.flag("keepdims") ? [1] : [])) }];
}

/** The index along the axis of the element that beats all others; among equals the first or, if so asked, the last. */
export function argument(c: EvalContext<"data">, beats: (a: number, b: number) => boolean): readonly Tensor[] {
  const x = c.x.data;
  const [outer, size, inner] = aroundAxis(x.shape, normalizeAxis(c.attrs.int("axis"), x.shape.length, c.node.op));
  const last = c.attrs.flag("select_last_index");
  const out = result(c.out[0]!);
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < inner; j++) {
      let best = 0;
      for (let i = 1; i < size; i++) {
        const [v, record] = [x.data[(o * size + i) * inner + j]!, x.data[(o * size + best) * inner + j]!];
        if (beats(v, record) || (last && v === record)) best = i;
      }
      out.data[o * inner + j] = best;
    }
  }
  return [out];
}
