import type { GraphBuilder } from "../graph/builder.js";
import type { Node } from "../graph/graph.js";
import { sizeOf } from "../graph/tensor.js";
import type { Tensor } from "../graph/tensor.js";
import { traitsOf } from "../ops/registry.js";

/** A BatchNormalization of the file, as a bound network runs it. */
export interface BatchNorm {
  /** Name of the node that the parts of its decomposition have as their origin. */
  readonly node: string;
  /** Whether it normalises with the statistics of the batch; else with the constant ones of the file. */
  readonly training: boolean;
  /** The same as the file says it. */
  readonly trainingInFile: boolean;
  /** Number of values that the statistics of one channel run over: N·H·W. */
  readonly values: number;
  /** Size of axis 0. */
  readonly examples: number;
  /** Whether the statistics in the file are those that a norm is made with: mean 0 and variance 1 in every channel. */
  readonly untouched: boolean;
  /** The statistics in the file that no batch makes, by name: variances that are negative, and what is not a finite number. */
  readonly broken: readonly string[];
}

/** Tells whether a norm in inference mode could use the statistics of the batch. A single value has no spread. */
const canTrain = ({ training, values }: BatchNorm): boolean => !training && values > 1;

/**
 * Describes a node that normalises over the batch, as it is to run: in the mode that the file says, or (`trainNorm`) with the statistics of the batch where
 * it has them; undefined for other nodes.
 */
export function batchNormOf(node: Node, b: GraphBuilder, trainNorm = false): BatchNorm | undefined {
  if (traitsOf(node).norm !== "batch") return undefined;
  const [x, , , mean, variance] = node.inputs;
  const shape = b.types.get(x ?? "")?.shape ?? [];
  const perActivation = node.attrs["spatial"] === 0;
  // Behind a Cast or a Reshape they are constants still.
  const statistic = (v: string | undefined): Tensor | undefined => (v === undefined || v === "" ? undefined : b.constantOf(v));
  const all = (v: string | undefined, value: number): boolean => statistic(v)?.data.every((own: number) => own === value) ?? false;
  const training = (node.attrs["training_mode"] ?? 0) !== 0;
  const named = (v: string | undefined, test: (own: number) => boolean): readonly string[] => (statistic(v)?.data.some(test) === true ? [v!] : []);
  const stored: BatchNorm = {
    node: node.name,
    training,
    trainingInFile: training,
    values: perActivation ? (shape[0] ?? 1) : sizeOf(shape.filter((_, axis) => axis !== 1)),
    examples: shape[0] ?? 1,
    untouched: all(mean, 0) && all(variance, 1),
    broken: [...named(mean, (v) => !Number.isFinite(v)), ...named(variance, (v) => !(v >= 0 && v < Infinity))],
  };
  return trainNorm && canTrain(stored) ? { ...stored, training: true } : stored;
}

/** Returns a node that normalises over the batch in the mode of its description. */
export const inMode = (node: Node, { training }: BatchNorm): Node => ({ ...node, attrs: { ...node.attrs, training_mode: training ? 1 : 0 } });

/**
 * Returns the BatchNormalizations of a bound network that run with the constant statistics of the file though the batch has statistics of its own: those
 * that `BindOptions.trainNorm` would change.
 */
export const inferenceNorms = ({ batchNorms }: { readonly batchNorms: readonly BatchNorm[] }): readonly BatchNorm[] => batchNorms.filter(canTrain);
