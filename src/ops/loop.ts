import { tensor } from "../graph/tensor.js";
import type { ValueType } from "../graph/tensor.js";
import { checkUnrolled, subgraph, truth } from "./kit/control.js";
import { floats } from "./kit/examples.js";
import { optional, variadic } from "./op.js";
import type { Op } from "./op.js";

const CLOCK: Readonly<Record<string, ValueType>> = { i: { dtype: "int64", shape: [] }, go: { dtype: "bool", shape: [] } };
const pair: ValueType = { dtype: "float32", shape: [2] };
const yes = tensor("bool", [], [1]);

/**
 * A loop, unrolled: the body maps (iteration, condition, carried…) to (condition, carried…, scan outputs…) and runs at most M times while the condition holds.
 * The outputs are the last carried values and the scan outputs stacked along a new axis 0. How often it runs must be known before the run.
 */
export const Loop: Op<"M" | "cond" | "v_initial", "v_final_and_scan_outputs"> = {
  name: "Loop",
  since: [1, 11, 13, 16, 19, 21, 23, 24, 25],
  inputs: { M: optional, cond: optional, v_initial: { optional: true, variadic: true } },
  outputs: { v_final_and_scan_outputs: variadic },
  attrs: { body: { kind: "graph", required: true } },
  decompose: (c) => {
    const { b } = c;
    const body = c.attrs.graph("body");
    const count = c.xs.length > 2 ? c.xs.length - 2 : 0;
    const scans = body.outputs.length - 1 - count;
    if (scans < 0 || body.inputs.length !== count + 2) c.fail("its body does not fit its inputs", { expected: `${count + 2} body inputs`, received: String(body.inputs.length) });
    if (c.outputs > count + scans) c.fail("it has more outputs than its body gives", { expected: `at most ${count + scans}`, received: String(c.outputs) });
    const most = c.has("M") ? c.constant("M").data[0]! : Infinity;
    let go = c.has("cond") ? truth(c, c.constant("cond")) : true;
    let carried: readonly string[] = c.xs.slice(2);
    const rows: string[][] = Array.from({ length: scans }, () => []);
    for (let i = 0; go && i < most; i++) {
      checkUnrolled(c, i, Number.isFinite(most) && i === 0 && !c.has("cond") ? undefined : undefined);
      const [next, ...values] = c.inline(body, [b.constant(tensor("int64", [], [i])), b.constant(yes), ...carried]);
      carried = values.slice(0, count);
      values.slice(count).forEach((v, k) => rows[k]!.push(b.unsqueeze(v, [0])));
      const known = b.constantOf(next!) ?? c.unknown(`its condition after iteration ${i}`);
      go = truth(c, known);
    }
    return [...carried, ...rows.map((parts) => b.concat(parts, 0))].slice(0, c.outputs);
  },
  examples: [],
};
