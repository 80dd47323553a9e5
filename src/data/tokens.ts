import type { Graph } from "../graph/graph.js";
import { isFloat, sizeOf } from "../graph/tensor.js";
import { IsogradError } from "../util/errors.js";
import { tableRows } from "./drawn-inputs.js";
import type { Column } from "./data-set.js";
import type { Fitted } from "./fitted.js";

/** Looks through the integers that index a table of the network, such as its embedding. Error `batch/value`: one is beyond the table's rows. */
export function refuseBeyondTables(graph: Graph, columns: Fitted, examples: number, from: string): void {
  for (const [name, rows] of tableRows(graph)) {
    const column = columns.get(name)?.column;
    if (!column) continue;
    const tokens = new Float64Array(sizeOf(column.type.shape));
    for (let i = 0; i < examples; i++) {
      column.copy(i, tokens, 0, 0);
      const beyond = tokens.find((t) => t >= rows || t < -rows);
      if (beyond !== undefined)
        throw new IsogradError("batch/value", `example ${i} has ${beyond} for the network's input "${name}", which indexes a table of ${rows} rows`, {
          at: [from],
          expected: `0 to ${rows - 1}`,
          fix: "give the network as many rows as there are words: vocabulary=N in a spec",
        });
    }
  }
}

/** How many rows a table needs that a column of integers indexes; undefined where its elements are no integers from 0 on. */
export function tableRowsFor(column: Column, examples: number): number | undefined {
  if (column.kinds !== undefined || isFloat(column.type.dtype)) return column.kinds;
  const tokens = new Float64Array(sizeOf(column.type.shape));
  let [least, most] = [0, -1];
  for (let i = 0; i < examples; i++) {
    column.copy(i, tokens, 0, 0);
    for (const t of tokens) [least, most] = [Math.min(least, t), Math.max(most, t)];
  }
  return least < 0 ? undefined : most + 1;
}
