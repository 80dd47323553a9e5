import type { ExampleShape } from "../nn/suited.js";
import type { DataSet } from "./data-set.js";
import { tableRowsFor } from "./tokens.js";

/** What the examples look like to a network of ours, which has one input. */
export function exampleShape({ train: { inputs, answers, count } }: DataSet): ExampleShape {
  const only = inputs.size === 1 ? [...inputs.values()][0] : undefined;
  const answer = answers?.column.type.shape ?? [];
  return {
    shape: only?.type.shape,
    kinds: only?.kinds,
    rows: only && tableRowsFor(only, count),
    outputs: answers?.kind === "target" ? answer.at(-1) : answers?.classes,
    everywhere: answer.length > (answers?.kind === "target" ? 1 : 0),
  };
}
