import { int64s, sizeOf } from "../graph/tensor.js";
import type { Tensor, ValueType } from "../graph/tensor.js";
import { normalizeAxis, result } from "./shared/elementwise.js";
import { floats, ints } from "./shared/examples.js";
import { alongAxis } from "./shared/vmap.js";
import { one, optionalList, variadic } from "./op.js";
import type { Op } from "./op.js";

/** outputs = stretches of input along `axis`: of the sizes `split`, or `num_outputs` equal ones (the last may be shorter). */
export const Split: Op<"input" | "split", "outputs"> = {
  name: "Split",
  since: [2, 11, 13, 18],
  traits: { splits: true },
  inputs: { input: one, split: optionalList },
  outputs: { outputs: variadic },
  attrs: { axis: { kind: "int", default: 0 }, num_outputs: { kind: "int" } },
  upgrade: ({ node, opset, constant }) => {
    const { split, ...attrs } = node.attrs;
    if (opset < 13 && split !== undefined) return { ...node, attrs, inputs: [node.inputs[0]!, constant(int64s(split as readonly number[]))] };
    if ((node.inputs[1] ?? "") !== "") return node;
    return { ...node, attrs: { ...attrs, num_outputs: node.outputs.length } };
  },
  infer: (c) => {
    const { dtype, shape } = c.type("input");
    const axis = normalizeAxis(c.attrs.int("axis"), shape.length, c.node.op);
    const sizes = sizesOf(shape[axis]!, c.optionalConstant("split"), c.attrs.optionalInt("num_outputs"));
    const parts = c.attrs.optionalInt("num_outputs") ?? 0;
    if (parts > shape[axis]! && shape[axis]! > 0) c.fail(`cannot split an axis of size ${shape[axis]} into ${parts} parts`);
    if (!sizes) return c.fail('it has neither an input "split" nor an attribute "num_outputs"');
    if (sizes.length < c.outputs || sizes.some((s) => s < 0) || sizes.reduce((s, d) => s + d, 0) !== shape[axis]) {
      c.fail(`cannot split an axis of size ${shape[axis]} into [${sizes.join(", ")}]`, { received: `${c.outputs} outputs` });
    }
    return sizes.slice(0, c.outputs).map((size): ValueType => ({ dtype, shape: shape.map((d, i) => (i === axis ? size : d)) }));
  },
  evaluate: (c) => {
    const { dtype, shape, data } = c.x.input;
    const axis = normalizeAxis(c.attrs.int("axis"), shape.length, c.node.op);
    const outer = sizeOf(shape.slice(0, axis));
    const row = sizeOf(shape.slice(axis));
    let at = 0;
    return sizesOf(shape[axis]!, c.has("split") ? c.x.split : undefined, c.attrs.optionalInt("num_outputs"))!.map((size) => {
      const out = result({ dtype, shape: shape.map((d, i) => (i === axis ? size : d)) });
      const own = sizeOf(out.shape.slice(axis));
      for (let o = 0; o < outer; o++) out.data.set(data.subarray(o * row + at, o * row + at + own), o * own);
      at += own;
      return out;
    });
  },
  // input̄ = the outputs̄ one after another, zeros for those that nothing uses
  vjp: ({ b, attrs, x, gs, constant, node }) => {
    const shape = b.shape(x.input);
    const axis = normalizeAxis(attrs.int("axis"), shape.length, node.op);
    const sizes = sizesOf(shape[axis]!, x.split === "" ? undefined : constant("split"), attrs.optionalInt("num_outputs"))!;
    const along = (size: number, rest: (d: number) => number): readonly number[] => shape.map((d, i) => (i === axis ? size : rest(d)));
    const used = sizes.flatMap((_, i) => (gs[i] === undefined ? [] : [i]));
    if (used.length === 1) {
      const before = sizes.slice(0, used[0]).reduce((s, d) => s + d, 0);
      return {
        input: b.pad(
          gs[used[0]!]!,
          along(before, () => 0),
          along(shape[axis]! - before - sizes[used[0]!]!, () => 0),
        ),
      };
    }
    return {
      input: b.concat(
        sizes.map((size, i) => gs[i] ?? b.full(0, { dtype: b.dtype(x.input), shape: along(size, (d) => d) })),
        axis,
      ),
    };
  },
  vmap: alongAxis,
  examples: [
    { name: "sizes", inputs: [floats([2, 6]), ints([1, 3, 2])], attrs: { axis: 1 }, outputs: 3 },
    { name: "equal parts", inputs: [floats([4, 2])], attrs: { num_outputs: 2 }, outputs: 2 },
    { name: "uneven last part", inputs: [floats([2, 7])], attrs: { axis: -1, num_outputs: 3 }, outputs: 3 },
    { name: "a part without elements", inputs: [floats([3]), ints([0, 3])], outputs: 2 },
    { name: "only the first of two", inputs: [floats([3]), ints([1, 2])], outputs: 1 },
  ],
};

/** The sizes of the parts; undefined when the node states none. */
function sizesOf(size: number, split: Tensor | undefined, count: number | undefined): readonly number[] | undefined {
  if (split) return Array.from(split.data);
  if (count === undefined) return undefined;
  if (count < 1 || count > 1e6) return [];
  const each = Math.ceil(size / count);
  return Array.from({ length: count }, (_, i) => Math.max(0, Math.min(each, size - i * each)));
}
