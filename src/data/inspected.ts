import { allocate, isFloat, sizeOf } from "../graph/tensor.js";
import { IGNORED_LABEL } from "../nn/losses.js";
import { IsogradError } from "../util/errors.js";
import { list, plural } from "../util/format.js";
import type { Column, Examples } from "./data-set.js";

/** What is known of the answers of examples, once they have been looked through. */
export interface Inspected {
  /** How many examples each class has, by its number; empty where there are no classes. */
  readonly perClass: readonly number[];
  readonly warnings: readonly string[];
}

/**
 * Looks through all examples: inputs and targets are finite numbers, labels are classes that the network has, or −100. Errors `batch/value`, which name the example. Warnings: a
 * class that no example has.
 */
export function inspected(examples: Examples, classes: number | undefined, from: string): Inspected {
  for (const [name, column] of examples.inputs) refuseNonFinite(column, examples.count, name === "" ? "the input" : `the input "${name}"`, from);
  const { answers } = examples;
  if (!answers) return { perClass: [], warnings: [] };
  if (answers.kind === "target") refuseNonFinite(answers.column, examples.count, "the target", from);
  if (answers.kind === "target" || classes === undefined) return { perClass: [], warnings: [] };
  const perClass = new Array<number>(classes).fill(0);
  const size = sizeOf(answers.column.type.shape);
  const row = new Float64Array(size);
  for (let i = 0; i < examples.count; i++) {
    answers.column.copy(i, row, 0, 0);
    for (const v of row) {
      if (v === IGNORED_LABEL) continue;
      if (!Number.isInteger(v) || v < 0 || v >= classes)
        throw new IsogradError("batch/value", `example ${i} has the label ${v}`, {
          at: [from],
          expected: `0 to ${classes - 1}, for the network tells ${plural(classes, "class", "classes")} apart, or -100 to pass a place over`,
          fix: v === classes ? "count classes from 0" : "clean the labels, or give the network as many outputs as there are classes",
        });
      perClass[v]!++;
    }
  }
  const missing = perClass.flatMap((n, c) => (n === 0 ? [String(c)] : []));
  if (missing.length === classes) throw new IsogradError("batch/value", "every label is -100: nothing is left to learn from", { at: [from] });
  return {
    perClass,
    warnings: missing.length === 0 ? [] : [`no example has the ${missing.length === 1 ? "class" : "classes"} ${list(missing, 8)}, of ${classes}`],
  };
}

/** Error `batch/value`: a number that is not finite in a column of floats. */
function refuseNonFinite(column: Column, count: number, what: string, from: string): void {
  if (!isFloat(column.type.dtype)) return;
  const row = allocate("float32", sizeOf(column.type.shape));
  for (let i = 0; i < count; i++) {
    column.copy(i, row, 0, 0);
    for (let k = 0; k < row.length; k++)
      if (!Number.isFinite(row[k]!))
        throw new IsogradError("batch/value", `example ${i} holds ${String(row[k])} in ${what}`, { at: [from], fix: "clean the data" });
  }
}
