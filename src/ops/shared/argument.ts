import type { Tensor, ValueType } from "../../graph/tensor.js";
import { one } from "../op.js";
import type { AttrSpec, EvalContext, InferContext, Op } from "../op.js";
import { normalizeAxis, result } from "./elementwise.js";
import { floats } from "./examples.js";
import { aroundAxis } from "./indexing.js";
import { alongAxis } from "./vmap.js";

const ATTRS: Readonly<Record<string, AttrSpec>> = {
  axis: { kind: "int", default: 0 },
  keepdims: { kind: "flag", default: 1 },
  select_last_index: { kind: "flag", default: 0 },
};

/** Makes ArgMax and ArgMin: the index of the element that `beats` all others along an axis. */
export function argumentOp(name: string, beats: (a: number, b: number) => boolean): Op<"data", "reduced"> {
  return {
    name,
    since: [1, 11, 12, 13],
    accepts: "numbers",
    inputs: { data: one },
    outputs: { reduced: one },
    attrs: ATTRS,
    infer: inferArgument,
    evaluate: (c) => argument(c, beats),
    vjp: { zero: "its output is an integer" },
    vmap: alongAxis,
    examples: [
      { name: "first axis", inputs: [floats([3, 4])] },
      { name: "axis dropped", inputs: [floats([2, 3, 4])], attrs: { axis: -2, keepdims: 0 } },
      { name: "ties", inputs: [floats([2, 4], { values: [1, 2, 2, 1, 0, 0, 0, 0] })], attrs: { axis: 1 } },
      { name: "ties, last", inputs: [floats([2, 4], { values: [1, 2, 2, 1, 0, 0, 0, 0] })], attrs: { axis: 1, select_last_index: 1 } },
    ],
  };
}

/** Infers the output type: int64 indices, the axis kept as 1 or dropped. */
function inferArgument(c: InferContext<"data">): readonly ValueType[] {
  const { shape } = c.type("data");
  const axis = normalizeAxis(c.attrs.int("axis"), shape.length, c.node.op);
  if (shape[axis] === 0) c.fail(`axis ${axis} has no elements`);
  return [{ dtype: "int64", shape: shape.flatMap((d, i) => (i !== axis ? [d] : c.attrs.flag("keepdims") ? [1] : [])) }];
}

/** Returns the index along the axis of the element that beats all others; among equals the first or, if so asked, the last. */
function argument(c: EvalContext<"data">, beats: (a: number, b: number) => boolean): readonly Tensor[] {
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
