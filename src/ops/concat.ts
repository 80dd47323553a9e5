import { formatType, sizeOf } from "../graph/tensor.js";
import { normalizeAxis, result } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { aroundAxis } from "./shared/indexing.js";
import { one, variadic } from "./op.js";
import { again } from "./shared/vmap.js";
import type { Op } from "./op.js";

/** concat_result = the inputs one after another along `axis`. */
export const Concat: Op<"inputs", "concat_result"> = {
  name: "Concat",
  since: [4, 11, 13],
  traits: { concatenates: true },
  inputs: { inputs: variadic },
  outputs: { concat_result: one },
  attrs: { axis: { kind: "int", required: true } },
  infer: (c) => {
    const types = c.types.filter((t) => t !== undefined);
    const first = types[0]!;
    const axis = normalizeAxis(c.attrs.int("axis"), first.shape.length, c.node.op);
    for (const t of types) {
      const fits = t.dtype === first.dtype && t.shape.length === first.shape.length && t.shape.every((d, i) => i === axis || d === first.shape[i]);
      if (!fits) c.fail(`its inputs differ beside axis ${axis}`, { received: types.map(formatType).join(", ") });
    }
    return [{ dtype: first.dtype, shape: first.shape.map((d, i) => (i === axis ? types.reduce((s, t) => s + t.shape[i]!, 0) : d)) }];
  },
  evaluate: (c) => {
    const out = result(c.out[0]!);
    const axis = normalizeAxis(c.attrs.int("axis"), out.shape.length, c.node.op);
    const [outer] = aroundAxis(out.shape, axis);
    const row = sizeOf(out.shape.slice(axis));
    let at = 0;
    for (const t of c.xs) {
      const own = sizeOf(t.shape.slice(axis));
      for (let o = 0; o < outer; o++) out.data.set(t.data.subarray(o * own, (o + 1) * own), o * row + at);
      at += own;
    }
    return [out];
  },
  // input̄ᵢ = its stretch of concat_result̄
  vjp: ({ b, attrs, xs, g, need }) => {
    const axis = normalizeAxis(attrs.int("axis"), b.shape(xs[0]!).length, "Concat");
    const sizes = xs.map((x) => b.shape(x)[axis]!);
    if (xs.every((_, i) => need(i))) return b.split(g.concat_result, sizes, axis);
    let end = 0;
    return xs.map((_, i) => {
      end += sizes[i]!;
      return need(i) ? b.slice(g.concat_result, [end - sizes[i]!], [end], [axis]) : undefined;
    });
  },
  vmap: (c) => {
    const axis = normalizeAxis(c.attrs.int("axis"), c.own(0).length, c.node.op) + 1;
    return again(
      c,
      c.xs.map((x, i) => (c.differs(i) ? x : c.b.expand(x, [c.runs, ...c.own(i)]))),
      { axis },
    );
  },
  examples: [
    { name: "two along 1", inputs: [floats([2, 3]), floats([2, 1])], attrs: { axis: 1 } },
    { name: "three along a negative axis", inputs: [floats([2, 1, 3]), floats([2, 2, 3]), floats([2, 1, 3])], attrs: { axis: -2 } },
    { name: "one", inputs: [floats([4])], attrs: { axis: 0 } },
    { name: "a part without elements", inputs: [floats([2, 2]), floats([0, 2]), floats([1, 2])], attrs: { axis: 0 } },
    { name: "a constant part", inputs: [floats([2]), floats([3], { constant: true })], attrs: { axis: 0 } },
  ],
};
