import type { NumericArray, ValueType } from "../graph/tensor.js";

/** One of the things that every example has: an image, a row of features, a label. */
export interface Column {
  /** The type of one example's. Floats are given as float32. */
  readonly type: ValueType;
  /** How many integers there may be, 0 and those above, where each stands for something, as a token does. */
  readonly kinds?: number | undefined;
  /** What its integers stand for, in their order. */
  readonly names?: readonly string[] | undefined;
  /** The same as bytes, for a network that takes these. */
  readonly bytes?: Column | undefined;
  /** Whether its channels, which are its first axis here, are the last one where it comes from: so a network is fed that leaves the order open. */
  readonly turned?: boolean | undefined;
  /** Writes example `index` into `out`, from element `at` on. `epoch`, from 0 on, is the pass through the data that it is taken in, where that matters: augmentation draws anew in each. */
  copy(index: number, out: NumericArray, at: number, epoch?: number): void;
}

/** What is to be learned of every example: a class (`labels`, integers), or numbers (`target`). */
export interface Answers {
  readonly kind: "labels" | "target";
  readonly column: Column;
  /** The number of classes, where the data tells. */
  readonly classes?: number | undefined;
}

/** Examples, of which batches are made. */
export interface Examples {
  /** How many there are. */
  readonly count: number;
  /** Inputs by name; a single one with the name "" is for the network's only input, whatever its name. */
  readonly inputs: ReadonlyMap<string, Column>;
  /** Undefined where the loss is in the network itself. */
  readonly answers: Answers | undefined;
}

/** Data to train on, and others to score by. */
export interface DataSet {
  readonly name: string;
  /** What it is and where it comes from, in a sentence. */
  readonly about: string;
  readonly train: Examples;
  /** Examples that are never trained on, where the data has such. */
  readonly validation: Examples | undefined;
  /** Whether its inputs are standardised by constants that everybody uses for it. */
  readonly standardised: boolean;
}

/** A column of stored elements, all examples one behind another; each element e is given as (e − shift)·factor. */
export function storedColumn(type: ValueType, data: ArrayLike<number>, { shift = 0, factor = 1 } = {}): Column {
  const size = type.shape.reduce((n, d) => n * d, 1);
  return {
    type,
    copy(index, out, at) {
      const from = index * size;
      for (let i = 0; i < size; i++) out[at + i] = (data[from + i]! - shift) * factor;
    },
  };
}
