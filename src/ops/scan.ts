import type { ValueType } from "../graph/tensor.js";
import { checkUnrolled, stacked, subgraph } from "./shared/control.js";
import { normalizeAxis } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { variadic } from "./op.js";
import type { Op } from "./op.js";

const pair: ValueType = { dtype: "float32", shape: [2] };
const cell = subgraph(
  { h: pair, x: pair },
  [
    ["Add", ["h", "x"], ["s"]],
    ["Tanh", ["s"], ["t"]],
  ],
  ["t", "s"],
);

/** A scan, unrolled: the body maps (states…, one slice of each scan input) to (states…, slices of the scan outputs), for every slice in turn. */
export const Scan: Op<"initial_state_and_scan_inputs", "final_state_and_scan_outputs"> = {
  name: "Scan",
  since: [9, 11, 16, 19, 21, 23, 24, 25],
  inputs: { initial_state_and_scan_inputs: variadic },
  outputs: { final_state_and_scan_outputs: variadic },
  attrs: {
    body: { kind: "graph", required: true },
    num_scan_inputs: { kind: "int", required: true },
    scan_input_axes: { kind: "ints" },
    scan_input_directions: { kind: "ints" },
    scan_output_axes: { kind: "ints" },
    scan_output_directions: { kind: "ints" },
  },
  upgrade: (u) =>
    u.opset >= 9 ? u.node : u.fail("its form of opset 8, with a batch axis, is not supported", { fix: "export with opset 9 or later" }),
  decompose: (c) => {
    const { b, attrs } = c;
    const body = attrs.graph("body");
    const count = c.xs.length - attrs.int("num_scan_inputs");
    if (count < 0 || body.inputs.length !== c.xs.length)
      c.fail("its body does not fit its inputs", { expected: `${c.xs.length} inputs`, received: String(body.inputs.length) });
    if (c.outputs > body.outputs.length)
      c.fail("it has more outputs than its body", { expected: `at most ${body.outputs.length}`, received: String(c.outputs) });
    const sequences = c.xs.slice(count).map((x, k) => {
      const axis = normalizeAxis(attrs.optionalInts("scan_input_axes")?.[k] ?? 0, b.shape(x).length, c.node.op);
      const length = b.shape(x)[axis]!;
      return { x, axis, length, reverse: attrs.optionalInts("scan_input_directions")?.[k] === 1 };
    });
    const steps = sequences[0]?.length ?? 0;
    if (sequences.some((s) => s.length !== steps))
      c.fail("its scan inputs have different lengths", { received: sequences.map((s) => s.length).join(", ") });
    checkUnrolled(c, steps - 1);
    const slices = sequences.map(({ x, axis, reverse }) => {
      const parts = steps === 0 ? [] : b.split(x, new Array<number>(steps).fill(1), axis).map((part) => b.squeeze(part, [axis]));
      return reverse ? [...parts].reverse() : parts;
    });
    let states: readonly string[] = c.xs.slice(0, count);
    const collected = body.outputs.slice(count).map((): string[] => []);
    for (let t = 0; t < steps; t++) {
      checkUnrolled(c, t);
      const values = c.inline(body, [...states, ...slices.map((s) => s[t]!)]);
      states = values.slice(0, count);
      collected.forEach((list, k) => list.push(values[count + k]!));
    }
    const outputs = collected.map((list, k) => {
      if (!c.wants(count + k)) return "";
      const reverse = attrs.optionalInts("scan_output_directions")?.[k] === 1;
      return stacked(c, reverse ? [...list].reverse() : list, attrs.optionalInts("scan_output_axes")?.[k] ?? 0);
    });
    return [...states, ...outputs];
  },
  examples: [
    { name: "one state, one sequence", inputs: [floats([2]), floats([3, 2])], attrs: { body: cell, num_scan_inputs: 1 }, outputs: 2 },
    {
      name: "axes and directions",
      inputs: [floats([2]), floats([2, 3])],
      attrs: {
        body: cell,
        num_scan_inputs: 1,
        scan_input_axes: [-1],
        scan_input_directions: [1],
        scan_output_axes: [1],
        scan_output_directions: [1],
      },
      outputs: 2,
    },
    {
      name: "no state, two sequences",
      inputs: [floats([3, 2]), floats([2, 3])],
      attrs: { body: subgraph({ x: pair, y: pair }, [["Mul", ["x", "y"], ["z"]]], ["z"]), num_scan_inputs: 2, scan_input_axes: [0, 1] },
    },
  ],
};
