import type { Answers, Examples } from "../data/data-set.js";
import { gathered } from "../data/fitted.js";
import type { Fitted } from "../data/fitted.js";
import { tensor } from "../graph/tensor.js";
import type { DType, Tensor, ValueType } from "../graph/tensor.js";
import { IGNORED_LABEL } from "../nn/losses.js";
import type { Values } from "../runtime/runtime.js";

/** What a graph is fed of examples: its inputs, and its labels or target. */
export interface Feeder {
  /** Types of one batch. */
  readonly inputs: ReadonlyMap<string, ValueType>;
  readonly answers: ValueType | undefined;
  /** Bytes of one batch. */
  readonly bytes: number;
  /** Returns what examples give, one after another, under the names of the graph's inputs; `lead` is the shape before that of one example, `epoch` tells augmentation which pass it is. */
  feeds(indices: Int32Array, lead: readonly number[], labelsInput: string | undefined, epochs: EpochOf): Values;
}

/** The epoch that the example at a position of the indices is taken in. */
export type EpochOf = (position: number) => number;

/** Returns what feeds batches of `batch` examples; the target gets the loss's element type. */
export function feederOf(examples: Examples, columns: Fitted, batch: number, floats: DType): Feeder {
  const inputs = new Map([...columns].map(([name, { type }]) => [name, { dtype: type.dtype, shape: [batch, ...type.shape] }]));
  const own = examples.answers && answersType(examples.answers, floats);
  const answers = own && { dtype: own.dtype, shape: [batch, ...own.shape] };
  const bytes = [...inputs.values(), ...(answers ? [answers] : [])].reduce((n, t) => n + 4 * t.shape.reduce((a, d) => a * d, 1), 0);
  return {
    inputs,
    answers,
    bytes,
    feeds(indices, lead, labelsInput, epochs) {
      const feeds = new Map<string, Tensor>();
      for (const [name, { column, type }] of columns) feeds.set(name, as(type.dtype, gathered(column, indices, lead, epochs)));
      if (labelsInput !== undefined && examples.answers)
        feeds.set(labelsInput, as(own!.dtype, gathered(examples.answers.column, indices, lead, epochs)));
      return feeds;
    },
  };
}

const answersType = ({ kind, column }: Answers, floats: DType): ValueType => ({
  dtype: kind === "labels" ? "int64" : floats,
  shape: column.type.shape,
});

const as = (dtype: DType, t: Tensor): Tensor => (t.dtype === dtype ? t : tensor(dtype, t.shape, t.data));

/** Counts what the loss is the mean over, among these examples: labels that are not −100, or examples. */
export function weightOf(answers: Answers | undefined, indices: Int32Array): number {
  if (answers?.kind !== "labels") return indices.length;
  const labels = gathered(answers.column, indices, [indices.length]);
  let counted = 0;
  for (let i = 0; i < labels.data.length; i++) if (labels.data[i] !== IGNORED_LABEL) counted++;
  return counted;
}
