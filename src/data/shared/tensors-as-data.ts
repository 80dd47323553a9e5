import { formatShape, isFloat, sizeOf } from "../../graph/tensor.js";
import type { Tensor } from "../../graph/tensor.js";
import { count as counted, list, plural } from "../../util/format.js";
import { storedColumn } from "../data-set.js";
import type { Answers, Column, DataSet, Examples } from "../data-set.js";
import { byteImages, channelsFirst, hasChannelsLast } from "./images.js";
import { invalid } from "./refused.js";

type Tensors = ReadonlyMap<string, Tensor>;

/** Names of what is to be learned. `y` and its kin may be either, by their type. */
const LABELS = ["labels"];
const TARGETS = ["target"];
const EITHER = ["y", "label", "targets"];

/**
 * Returns the examples in tensors that have a row for each: all are inputs but `labels`, `target` or `y`. Names with a part of their own, such as `x_train` and
 * `test/labels`, are examples to train on and to score by. Bytes of images are given from 0 to 1. Errors `data/invalid`.
 */
export function tensorsAsData(tensors: Tensors, name: string): DataSet {
  const { train, validation, unused } = partsOf(tensors, name);
  const notes = new Set<string>();
  const examples = examplesOf(train, name, notes);
  const other = validation && examplesOf(validation, name, notes);
  return {
    name,
    about: [
      `${plural(examples.count, "example")} of ${name}`,
      ...(other ? [`and ${counted(other.count)} to score by`] : []),
      ...notes,
      ...unused,
    ].join(", "),
    train: examples,
    validation: other,
    standardised: false,
  };
}

const PREFIX = /^(train|valid|val|validation|test)[_/](.+)$/i;
const SUFFIX = /^(.+)[_/](train|valid|val|validation|test)$/i;

/** Divides tensors by the part that their names tell; all are for training where none tells one. */
function partsOf(
  tensors: Tensors,
  name: string,
): { readonly train: Tensors; readonly validation: Tensors | undefined; readonly unused: readonly string[] } {
  const parts = new Map<string, Map<string, Tensor>>();
  for (const [key, t] of tensors) {
    const [part, own] = partOf(key);
    parts.set(part, (parts.get(part) ?? new Map<string, Tensor>()).set(own, t));
  }
  const unnamed = parts.get("");
  // Names without a part are those to train on, beside a test set.
  const train = parts.get("train") ?? unnamed;
  if (!train || (parts.size === 1 && unnamed)) return { train: tensors, validation: undefined, unused: [] };
  if (unnamed && train !== unnamed)
    invalid("some tensors are named for a part of the data, and some are not", name, {
      received: list([...tensors.keys()], 8),
      fix: "name all of them as x_train and x_test are",
    });
  const validation = parts.get("val") ?? parts.get("test");
  return {
    train,
    validation,
    unused:
      parts.get("val") && parts.get("test")
        ? [`its test set of ${counted(parts.get("test")!.values().next().value!.shape[0] ?? 0)} is left out`]
        : [],
  };
}

/** The part of the data that a name tells, and the name without it. */
function partOf(key: string): readonly [string, string] {
  const [part, own] = PREFIX.exec(key)?.slice(1) ?? SUFFIX.exec(key)?.slice(1).reverse() ?? ["", key];
  const word = part!.toLowerCase();
  return [word.startsWith("val") ? "val" : word, own!];
}

function examplesOf(tensors: Tensors, name: string, notes: Set<string>): Examples {
  const rows = new Map<string, number>();
  for (const [key, t] of tensors) {
    if (t.shape.length === 0) invalid(`"${key}" is one number, and not one for each example`, name);
    rows.set(key, t.shape[0]!);
  }
  const [count] = rows.values();
  if (count === undefined || count === 0) return invalid("the file has no examples", name);
  for (const [key, n] of rows)
    if (n !== count) invalid(`"${key}" has another number of examples`, name, { expected: `${count}, as the first tensor has`, received: String(n) });
  const found = answersIn(tensors, name);
  const inputs = new Map<string, Column>();
  for (const [key, t] of tensors) if (t !== found?.tensor) inputs.set(key, inputColumn(t, notes));
  return { count, inputs, answers: found && answersOf(found, notes) };
}

interface Found {
  readonly tensor: Tensor;
  readonly kind: Answers["kind"];
  /** Whether it was named for the network's own answers, whose shape it then has. */
  readonly literal: boolean;
}

/** Finds what is to be learned. */
function answersIn(tensors: Tensors, name: string): Found | undefined {
  const named = (words: readonly string[]): Tensor | undefined =>
    words.map((w) => tensors.get(w) ?? tensors.get(w.toUpperCase())).find((t) => t !== undefined);
  const [labels, target, either] = [named(LABELS), named(TARGETS), named(EITHER)];
  if (labels && target) invalid("the file has both labels and a target", name, { expected: "one of the two" });
  if (labels && isFloat(labels.dtype))
    invalid("the labels are no integers", name, { expected: "int64", received: `${labels.dtype}${formatShape(labels.shape)}` });
  if (labels) return { tensor: labels, kind: "labels", literal: true };
  if (target) return { tensor: target, kind: "target", literal: true };
  return either && { tensor: either, kind: isFloat(either.dtype) ? "target" : "labels", literal: false };
}

function answersOf({ tensor, kind, literal }: Found, notes: Set<string>): Answers {
  const own = tensor.shape.slice(1);
  // One number an example is what a layer with one output gives; one class an example has no axis.
  const shape = literal ? own : kind === "labels" && sizeOf(own) === 1 ? [] : kind === "target" && own.length === 0 ? [1] : own;
  if (!literal) notes.add(kind === "labels" ? `its "y" as classes` : `its "y" as the target`);
  const column = storedColumn({ dtype: kind === "labels" ? "int64" : "float32", shape }, tensor.data);
  return { kind, column, classes: kind === "labels" ? classesIn(tensor.data) : undefined };
}

function inputColumn(t: Tensor, notes: Set<string>): Column {
  const shape = t.shape.slice(1);
  if (t.dtype === "uint8" && (shape.length === 2 || shape.length === 3)) {
    notes.add("bytes of images given as parts of 255");
    return byteImages(shape, t.data);
  }
  const dtype = isFloat(t.dtype) ? ("float32" as const) : t.dtype;
  if (isFloat(dtype) && hasChannelsLast(shape)) {
    notes.add("channels taken to be the last axis");
    return channelsFirst(dtype, shape, t.data);
  }
  return storedColumn({ dtype, shape }, t.data);
}

/** The fewest classes of which these are. */
function classesIn(labels: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < labels.length; i++) most = Math.max(most, labels[i]!);
  return most + 1;
}
