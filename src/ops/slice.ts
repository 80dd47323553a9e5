import { int64s } from "../graph/tensor.js";
import type { Tensor } from "../graph/tensor.js";
import { floats, ints } from "./shared/examples.js";
import { positions, sliceRanges, takeProduct } from "./shared/indexing.js";
import type { Range } from "./shared/indexing.js";
import { unslice } from "./shared/placing.js";
import { one } from "./op.js";
import { normalizeAxis } from "./shared/elementwise.js";
import { again, shifted } from "./shared/vmap.js";
import type { Op, Port } from "./op.js";

const bound: Port = { list: { int32: true } };
const optionalBound: Port = { ...bound, optional: true };

type Ports = "data" | "starts" | "ends" | "axes" | "steps";

/** output = data[starts : ends : steps] along `axes`, with Python's rules for negative and overlong bounds. */
export const Slice: Op<Ports, "output"> = {
  name: "Slice",
  since: [1, 10, 11, 13],
  traits: { moves: "selects" },
  inputs: { data: one, starts: bound, ends: bound, axes: optionalBound, steps: optionalBound },
  outputs: { output: one },
  attrs: {},
  upgrade: ({ node, opset, constant, fail }) => {
    if (opset >= 10) return node;
    const { starts, ends, axes, ...attrs } = node.attrs;
    if (starts === undefined || ends === undefined) return fail('lacks its attributes "starts" and "ends"');
    const inputs = [starts, ends, ...(axes === undefined ? [] : [axes])].map((a) => constant(int64s(a as readonly number[])));
    return { ...node, attrs, inputs: [node.inputs[0]!, ...inputs] };
  },
  infer: (c) => {
    const { dtype, shape } = c.type("data");
    if (c.types.slice(1).some((t) => t && t.shape.length !== 1)) c.fail("its bounds, axes and steps are not lists");
    const known: Bounds = {
      starts: c.constant("starts"),
      ends: c.constant("ends"),
      axes: c.optionalConstant("axes"),
      steps: c.optionalConstant("steps"),
    };
    return [{ dtype, shape: rangesOf(shape, known, c.node.op).map((r) => r.length) }];
  },
  evaluate: (c) => [takeProduct(c.x.data, rangesOf(c.x.data.shape, c.x, c.node.op).map(positions), c.out[0]!)],
  // data̅ = output̄ put back into zeros: reversed for negative steps, spread for longer ones
  vjp: ({ b, x, g, constant, node }) => {
    const shape = b.shape(x.data);
    const known = (port: "axes" | "steps"): Tensor | undefined => (x[port] === "" ? undefined : constant(port));
    const ranges = rangesOf(shape, { starts: constant("starts"), ends: constant("ends"), axes: known("axes"), steps: known("steps") }, node.op);
    return { data: unslice(b, g.output, shape, ranges) };
  },
  vmap: (c) => {
    const axes = c.constant(3)?.data ?? c.constant(1)!.data.map((_: number, i: number) => i);
    const behind = c.b.ints(shifted([...axes].map((a) => normalizeAxis(a, c.own(0).length, c.node.op))));
    return again(c, [...c.xs.slice(0, 3), behind, ...c.xs.slice(4)]);
  },
  examples: [
    { name: "two axes", inputs: [floats([4, 5]), ints([1, 0]), ints([3, 4])] },
    { name: "negative axis and bounds", inputs: [floats([4, 5]), ints([-3]), ints([-1]), ints([-1])] },
    { name: "to the end", inputs: [floats([4, 5]), ints([2]), ints([9223372036854775807]), ints([0])] },
    { name: "step 2", inputs: [floats([5, 6]), ints([0, 1]), ints([5, 6]), ints([0, 1]), ints([2, 2])] },
    { name: "step 3 with a crop", inputs: [floats([7]), ints([1]), ints([6]), ints([0]), ints([3])] },
    { name: "reversed", inputs: [floats([3, 4]), ints([-1]), ints([-9223372036854775808]), ints([1]), ints([-1])] },
    { name: "step −2 from the middle", inputs: [floats([8, 2]), ints([6]), ints([0]), ints([0]), ints([-2])] },
    { name: "nothing", inputs: [floats([3, 4]), ints([2]), ints([1]), ints([1])] },
  ],
};

interface Bounds {
  readonly starts: Tensor;
  readonly ends: Tensor;
  readonly axes: Tensor | undefined;
  readonly steps: Tensor | undefined;
}

const rangesOf = (shape: readonly number[], { starts, ends, axes, steps }: Bounds, where: string): readonly Range[] =>
  sliceRanges(shape, starts.data, ends.data, axes?.data, steps?.data, where);
