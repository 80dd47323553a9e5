import { tensor } from "../graph/tensor.js";
import type { DType, ValueType } from "../graph/tensor.js";
import { checkUnrolled, goesOn, stacked, subgraph, truth } from "./shared/control.js";
import { floats, ints } from "./shared/examples.js";
import { optional } from "./op.js";
import type { Op } from "./op.js";

const clock: Readonly<Record<string, ValueType>> = { i: { dtype: "int64", shape: [] }, go: { dtype: "bool", shape: [] } };
const pair: ValueType = { dtype: "float32", shape: [2] };

/**
 * A loop, unrolled: the body maps (iteration, condition, carried…) to (condition, carried…, scan outputs…) and runs at most M times while the condition
 * holds. The outputs are the last carried values and the scan outputs stacked along a new axis 0. How often it runs must be known before the run.
 * What it carries may be sequences.
 */
export const Loop: Op<"M" | "cond" | "v_initial", "v_final_and_scan_outputs"> = {
  name: "Loop",
  since: [1, 11, 13, 16, 19, 21, 23, 24, 25],
  inputs: { M: optional, cond: optional, v_initial: { optional: true, variadic: true, sequence: "also" } },
  outputs: { v_final_and_scan_outputs: { variadic: true, sequence: "also" } },
  attrs: { body: { kind: "graph", required: true } },
  decompose: (c) => {
    const { b } = c;
    const body = c.attrs.graph("body");
    let carried: readonly string[] = c.xs.slice(2);
    const count = carried.length;
    if (body.inputs.length !== count + 2)
      c.fail("its body has another number of inputs", { expected: String(count + 2), received: String(body.inputs.length) });
    if (c.outputs > body.outputs.length - 1)
      c.fail("it has more outputs than its body", { expected: `at most ${body.outputs.length - 1}`, received: String(c.outputs) });
    const most = c.has("M") ? c.constant("M").data[0]! : Infinity;
    const collected = body.outputs.slice(count + 1).map((): string[] => []);
    // Scalars, or lists of one where the body declares that (PyTorch's exporter does): runtimes go by the declaration.
    const counter = (k: 0 | 1, dtype: DType, value: number): string =>
      b.constant(tensor(dtype, body.inputs[k]!.shape?.length === 1 ? [1] : [], [value]));
    let go = c.has("cond") ? truth(c, c.constant("cond")) : true;
    for (let i = 0; go && i < most; i++) {
      checkUnrolled(c, i);
      const [next, ...values] = c.inline(body, [counter(0, "int64", i), counter(1, "bool", 1), ...carried]);
      carried = values.slice(0, count);
      collected.forEach((list, k) => list.push(values[count + k]!));
      go = i + 1 < most && goesOn(c, next!, i);
    }
    return [...carried, ...collected.map((list, k) => (c.wants(count + k) ? stacked(c, list) : ""))];
  },
  examples: [
    {
      name: "counted, carried and collected",
      inputs: [ints([3], []), null, floats([2])],
      attrs: {
        body: subgraph(
          { ...clock, h: pair },
          [
            ["Tanh", ["h"], ["t"]],
            ["Cast", ["i"], ["step"], { to: "float32" }],
            ["Add", ["t", "step"], ["next"]],
          ],
          ["go", "next", "t"],
        ),
      },
      outputs: 2,
    },
    {
      name: "condition given, two carried",
      inputs: [ints([2], []), { dtype: "bool", shape: [], values: [1], constant: true }, floats([2]), floats([2])],
      attrs: {
        body: subgraph(
          { ...clock, p: pair, q: pair },
          [
            ["Mul", ["p", "q"], ["r"]],
            ["Add", ["q", "w"], ["s"]],
          ],
          ["go", "r", "s"],
          { w: tensor("float32", [2], [0.5, -1]) },
        ),
      },
      outputs: 2,
    },
    {
      name: "never",
      inputs: [ints([5], []), { dtype: "bool", shape: [], values: [0], constant: true }, floats([2])],
      attrs: { body: subgraph({ ...clock, h: pair }, [["Neg", ["h"], ["n"]]], ["go", "n"]) },
    },
  ],
};
