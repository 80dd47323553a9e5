import type { LossSpec } from "../autodiff/loss.js";
import type { SplitBatch } from "../data/batch.js";
import type { Choice } from "../data/drawn-inputs.js";
import { mainOutput } from "../graph/graph.js";
import type { Model } from "../graph/graph.js";
import type { BindOptions } from "../passes/bind.js";
import { defined } from "../util/defined.js";
import { abortSignal, bytes, callback, flag, numbersByName, oneOf, seed, sizesByName, text, texts, wholeFrom } from "./option-fields.js";
import type { OptionFields } from "./option-fields.js";

/** How a user's network is to be taken; what is absent is chosen. */
export interface NetworkOptions {
  /** Sizes of free dims by name. */
  readonly dims?: Readonly<Record<string, number>> | undefined;
  /** Inputs, or values that nodes make, fixed to one number. */
  readonly set?: Readonly<Record<string, number>> | undefined;
  /** The output that the loss is computed from, or gradients come from (default: the first). */
  readonly output?: string | undefined;
  /** Arithmetic (default: the file's). */
  readonly dtype?: "float32" | "float64" | undefined;
  /** Seed of dropout masks; without it dropout is the identity. */
  readonly dropoutSeed?: number | undefined;
  /** Runs every BatchNormalization with the statistics of the batch, whatever mode the file says (default: as the file says). */
  readonly trainNorm?: boolean | undefined;
  /** Names of tensors that are parameters although they look like masks, or that an exporter calls buffers. */
  readonly trainable?: readonly string[] | undefined;
  /** Names of tensors that are not trained. */
  readonly frozen?: readonly string[] | undefined;
  /** Bytes that a run may take (default: no limit). */
  readonly memoryLimit?: number | undefined;
  /** Nodes that a network may have, or unroll to. */
  readonly maxNodes?: number | undefined;
}

/** How a long work tells what it is doing, and is ended early. */
export interface Attended {
  /** Called with what is being done. */
  readonly onProgress?: ((what: string) => void) | undefined;
  /** Aborted, it ends the work with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** What these options take. */
export const NETWORK_FIELDS: OptionFields<NetworkOptions> = {
  dims: sizesByName,
  set: numbersByName,
  output: text,
  dtype: oneOf("float32", "float64"),
  dropoutSeed: seed,
  trainNorm: flag,
  trainable: texts,
  frozen: texts,
  memoryLimit: bytes,
  maxNodes: wholeFrom(1),
};
export const ATTENDED_FIELDS: OptionFields<Attended> = { onProgress: callback, signal: abortSignal };

/** Returns a function that tells what is done next, unless the work has been ended. */
export const progressOf =
  ({ onProgress, signal }: Attended): ((what: string) => void) =>
  (what) => {
    signal?.throwIfAborted();
    onProgress?.(what);
  };

/** Returns what binding takes of the options. */
export const bindOptions = ({ dims, set = {}, dtype, dropoutSeed, trainNorm, memoryLimit, maxNodes }: NetworkOptions): BindOptions =>
  defined({ dims, set, dtype, dropoutSeed, trainNorm, maxNodes, maxBytes: memoryLimit });

/** Says which output was taken where none is named and the first is not one of floats; nothing elsewhere. */
export function outputChoices(model: Model, output: string | undefined): readonly Choice[] {
  const [first, main] = [model.graph.outputs[0] ?? "", mainOutput(model)];
  if (output !== undefined || main === first) return [];
  const what = model.graph.outputs.includes(main) ? "the first of floats" : "of which an output is made; none is of floats";
  return [{ what: "output", value: `"${main}", ${what}: the first, "${first}", is ${model.outputTypes?.get(first) ?? "no tensor"}` }];
}

/** Returns the loss by what a batch holds: cross-entropy with labels, mse with a target; undefined with neither. */
export const lossByBatch = ({ labels, target }: SplitBatch): LossSpec | undefined =>
  labels ? { kind: "cross-entropy" } : target ? { kind: "mse" } : undefined;

/** Returns what the loss compares the output with: the batch's labels or target; undefined for losses that take neither. */
export const answersOf = ({ labels, target }: SplitBatch, loss: LossSpec | undefined): SplitBatch["labels"] =>
  loss?.kind === "cross-entropy" ? labels : loss?.kind === "mse" ? target : undefined;

/** Returns the output that a loss is computed from: the one that it names, else the one that was asked for; undefined for the first. */
export const outputOf = (loss: LossSpec | "none" | undefined, output: string | undefined): string | undefined =>
  typeof loss === "object" && loss.kind === "output" ? loss.name : output;
