import { IsogradError } from "../util/errors.js";
import { list, plural } from "../util/format.js";
import { permutation } from "../util/random.js";
import type { Column, DataSet, Examples } from "./data-set.js";

/** Returns a run of examples of a larger set. */
export function sliceOf(examples: Examples, from: number, count: number): Examples {
  const sliced = (column: Column): Column => ({
    ...column,
    bytes: column.bytes && sliced(column.bytes),
    copy: (index, out, at, epoch) => column.copy(from + index, out, at, epoch),
  });
  return withColumns({ ...examples, count }, sliced);
}

/** Returns those examples of a larger set that have these numbers. */
function pickOf(examples: Examples, numbers: Int32Array): Examples {
  const picked = (column: Column): Column => ({
    ...column,
    bytes: column.bytes && picked(column.bytes),
    copy: (index, out, at, epoch) => column.copy(numbers[index]!, out, at, epoch),
  });
  return withColumns({ ...examples, count: numbers.length }, picked);
}

/** Returns the examples with another column in the place of each. */
function withColumns(examples: Examples, change: (column: Column) => Column): Examples {
  return {
    ...examples,
    inputs: new Map([...examples.inputs].map(([name, column]) => [name, change(column)])),
    answers: examples.answers && { ...examples.answers, column: change(examples.answers.column) },
  };
}

/** Returns the data with a share of it for validation, or without any. The share is drawn, always in the same way: a file may have its examples in the order of their classes. Error `usage/option` where nothing is left. */
export function withValidation(data: DataSet, share: number | "none" | undefined): DataSet {
  if (share === undefined) return data;
  if (share === "none") return { ...data, validation: undefined };
  const { count } = data.train;
  const held = Math.round(share * count);
  if (held < 1 || held >= count)
    throw new IsogradError("usage/option", `--val ${share} leaves nothing of ${plural(count, "example")}`, {
      fix: "give another share, or more examples",
    });
  const order = permutation(count, 0, "validation");
  return {
    ...data,
    train: pickOf(data.train, order.subarray(held).slice().sort()),
    validation: pickOf(data.train, order.subarray(0, held).slice().sort()),
  };
}

/** Returns the data with the examples of another to be scored by, whose words have the numbers that they have in the data. Error `data/invalid`. */
export function scoredBy(data: DataSet, other: DataSet): DataSet {
  const { answers } = data.train;
  const { train } = other;
  if (answers && train.answers && answers.kind !== train.answers.kind)
    throw new IsogradError("data/invalid", `${data.name} has ${told(answers.kind)} to learn, and ${other.name} ${told(train.answers.kind)}`, {
      at: [other.name],
      fix: "give the same column in both",
    });
  const only = data.train.inputs.size === 1 ? [...data.train.inputs.values()][0] : undefined;
  const inputs = new Map([...train.inputs].map(([name, column]) => [name, renumbered(column, data.train.inputs.get(name) ?? only, other.name)]));
  return {
    ...data,
    validation: {
      ...train,
      inputs,
      answers: train.answers && { ...train.answers, column: renumbered(train.answers.column, answers?.column, other.name) },
    },
  };
}

const told = (kind: "labels" | "target"): string => (kind === "labels" ? "classes" : "numbers");

/** A column of words with the numbers that they have in another column. */
function renumbered(column: Column, as: Column | undefined, from: string): Column {
  const [own, names] = [column.names, as?.names];
  if (!own || !names || own.every((n, i) => n === names[i])) return column;
  const numbers = own.map((n) => names.indexOf(n));
  const size = column.type.shape.reduce((n, d) => n * d, 1);
  return {
    ...column,
    kinds: names.length,
    names,
    copy(index, out, at, epoch) {
      column.copy(index, out, at, epoch);
      for (let i = at; i < at + size; i++) {
        const known = numbers[out[i]!]!;
        if (known < 0)
          throw new IsogradError("data/invalid", `${JSON.stringify(own[out[i]!])} is not in the data that the network is trained on`, {
            at: [from],
            expected: list(names, 20),
          });
        out[i] = known;
      }
    },
  };
}
