import { IsogradError } from "../util/errors.js";
import { plural } from "../util/format.js";
import type { Column, DataSet, Examples } from "./data-set.js";

/** Returns a run of examples of a larger set. */
export function sliceOf(examples: Examples, from: number, count: number): Examples {
  const sliced = (column: Column): Column => ({
    ...column,
    bytes: column.bytes && sliced(column.bytes),
    copy: (index, out, at, epoch) => column.copy(from + index, out, at, epoch),
  });
  return {
    ...examples,
    count,
    inputs: new Map([...examples.inputs].map(([name, column]) => [name, sliced(column)])),
    answers: examples.answers && { ...examples.answers, column: sliced(examples.answers.column) },
  };
}

/** Returns the data with a share of it, from its end, for validation, or without any. Error `usage/option` where nothing is left. */
export function withValidation(data: DataSet, share: number | "none" | undefined): DataSet {
  if (share === undefined) return data;
  if (share === "none") return { ...data, validation: undefined };
  const { count } = data.train;
  const held = Math.round(share * count);
  if (held < 1 || held >= count)
    throw new IsogradError("usage/option", `--val ${share} leaves nothing of ${plural(count, "example")}`, { fix: "give another share, or more examples" });
  return { ...data, train: sliceOf(data.train, 0, count - held), validation: sliceOf(data.train, count - held, held) };
}
