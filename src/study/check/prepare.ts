import { logitsOf, lossOutput } from "../../autodiff/loss.js";
import type { LossSpec } from "../../autodiff/loss.js";
import { refuseInfinities, splitBatch } from "../../data/batch.js";
import type { SplitBatch } from "../../data/batch.js";
import { bindFreely, drawInputs } from "../../data/drawn-inputs.js";
import type { Choice } from "../../data/drawn-inputs.js";
import { mainOutput } from "../../graph/graph.js";
import type { Model } from "../../graph/graph.js";
import { formatShape } from "../../graph/tensor.js";
import type { Tensor } from "../../graph/tensor.js";
import { parametersOf } from "../../passes/parameters.js";
import type { Parameter } from "../../passes/parameters.js";
import { straightThroughs } from "../../passes/straight-through.js";
import type { StraightThrough } from "../../passes/straight-through.js";
import { isZeros, setAsideOf } from "../../passes/set-aside.js";
import type { SetAside } from "../../passes/set-aside.js";
import { bind } from "../../passes/bind.js";
import { refuseTooLarge } from "../../passes/memory.js";
import type { Bound } from "../../passes/bind.js";
import type { MeasureRun } from "../../probe/measure.js";
import { firstStates } from "../../structure/first-states.js";
import type { Structure } from "../../structure/types.js";
import { defined } from "../../util/defined.js";
import { IsogradError } from "../../util/errors.js";
import { inflect, list, plural } from "../../util/format.js";
import { answersOf, bindOptions, lossByBatch, outputChoices, outputOf } from "../network-options.js";
import type { CheckOptions } from "./options.js";

type Tensors = ReadonlyMap<string, Tensor>;

/** A network bound to what it is measured on. */
export interface Prepared {
  readonly bound: Bound;
  /** The inputs by name, for every batch. */
  readonly batches: readonly Tensors[];
  /** Labels or target, one per batch; undefined where the loss takes none. */
  readonly labels: readonly Tensor[] | undefined;
  readonly loss: LossSpec | undefined;
  /** The file's output that the loss is computed from. */
  readonly output: string;
  /** The value that the trunk leads to. */
  readonly target: string;
  /** All parameters, and what was taken out of them. */
  readonly parameters: readonly Parameter[];
  readonly setAside: readonly SetAside[];
  /** The parameters whose gradient in training the file cannot have; undefined where there are none. */
  readonly straight: StraightThrough | undefined;
  /** Choices that were made for the user. */
  readonly choices: readonly Choice[];
  /** Whether the inputs are drawn. */
  readonly drawn: boolean;
  /** Inputs and values that are fixed. */
  readonly set: Readonly<Record<string, number | Tensor>>;
}

/**
 * Binds the network to its batches, or to drawn inputs, and settles the loss. Errors: those of binding; `batch/missing`, `batch/shape`, `batch/value`;
 * `loss/kind` for a learning rate without a loss.
 */
export function prepare(model: Model, options: CheckOptions): Prepared {
  const made = options.batches ? boundToBatches(model, options, options.batches) : boundToDrawn(model, options);
  const { bound, loss } = made;
  if (options.learningRate !== undefined && !loss) {
    throw new IsogradError("loss/kind", "a learning rate needs a loss to be compared with", {
      fix: "give a batch with labels or target, or --loss output:NAME",
    });
  }
  if (examplesOf(bound, made.batches[0]!) === 0) {
    throw new IsogradError("batch/shape", "the batch has no examples, so there is nothing to measure", {
      at: [model.name],
      received: bound.graph.inputs.map((i) => `${i.name} ${formatShape(bound.graph.types.get(i.name)!.shape)}`).join(", "),
    });
  }
  const output = outputOf(loss, options.output) ?? mainOutput(model);
  const all = parametersOf(bound, lossOutput(bound, output));
  const zeros = all.flatMap((p) => (isZeros(bound, p) ? [p.name] : []));
  const setAside = setAsideOf(bound, all, options, firstStates(bound, bound.valueOf(output) ?? output, zeros));
  const aside = new Set(setAside.map((s) => s.name));
  const parameters = all.filter((p) => !aside.has(p.name));
  const choices = [...made.choices, ...mergedChoices(model), ...outputChoices(model, outputOf(loss, options.output))];
  const target = targetOf(bound, loss, output, made.labels !== undefined);
  const straight = straightThroughs(
    bound.graph,
    bound.valueOf(target) ?? target,
    parameters.flatMap((p) => (p.reaches ? [p.name] : [])),
  );
  return { ...made, choices, output, target, parameters, setAside, straight };
}

/** Says which tensors the exporter had stored as one with an equal one. */
function mergedChoices({ merged = [] }: Model): readonly Choice[] {
  if (merged.length === 0) return [];
  const value = `${plural(merged.length, "tensor")} that the file stores as one with another, equal one ${inflect(merged.length, "is", "are")} taken for ${inflect(merged.length, "one", "ones")} of ${inflect(merged.length, "its", "their")} own: ${list(merged.map((m) => m.name))}`;
  return [{ what: "note", value }];
}

type Made = Pick<Prepared, "bound" | "batches" | "labels" | "loss" | "choices" | "drawn" | "set">;

/** Returns the outputs that are kept: the one that the loss is computed from. */
const outputs = (model: Model, { loss, output }: CheckOptions): readonly string[] => [outputOf(loss, output) ?? mainOutput(model)];

function boundToDrawn(model: Model, options: CheckOptions): Made {
  const { bound, choices, set } = bindFreely(model, { ...bindOptions(options), outputs: outputs(model, options) });
  // Nothing is drawn for what cannot be run.
  refuseTooLarge(bound.graph, options.memoryLimit ?? Infinity, options.runtime.peakBytes);
  const drawn = drawInputs(bound.graph, options.seed ?? 0);
  const loss = options.loss === "none" ? undefined : options.loss;
  return { bound, batches: [drawn.tensors], labels: undefined, loss, choices: [...choices, ...drawn.choices], drawn: true, set };
}

function boundToBatches(model: Model, options: CheckOptions, batches: NonNullable<CheckOptions["batches"]>): Made {
  const splits = batches.map((b) => splitBatch(model, b, new Set(Object.keys(options.set ?? {}))));
  const [split] = splits as [SplitBatch];
  const loss = options.loss === "none" ? undefined : (options.loss ?? lossByBatch(split));
  const shapes = Object.fromEntries([...split.inputs].map(([k, t]) => [k, t.shape]));
  const bound = bind(model, { ...bindOptions(options), outputs: outputs(model, options), shapes });
  splits.forEach((s) => refuseInfinities(bound.graph, s.inputs));
  splits.forEach((s, i) => refuseUnlike(i, s.inputs, split.inputs, answersOf(s, loss), answersOf(split, loss)));
  const labels = splits.map((s) => answersOf(s, loss)).filter((t) => t !== undefined);
  return {
    bound,
    batches: splits.map((s) => s.inputs),
    labels: labels.length > 0 ? labels : undefined,
    loss,
    choices: [],
    drawn: false,
    set: options.set ?? {},
  };
}

/** Checks the batches. Errors `batch/shape`: a batch unlike the first, which the network was bound to; `batch/value`: the first once more. */
function refuseUnlike(i: number, inputs: Tensors, first: Tensors, labels: Tensor | undefined, firstLabels: Tensor | undefined): void {
  const all: readonly (readonly [string, Tensor | undefined, Tensor | undefined])[] = [
    ...[...first].map(([name, t]) => [name, t, inputs.get(name)] as const),
    ["labels or target", firstLabels, labels],
  ];
  for (const [name, wanted, given] of all) {
    if (wanted?.shape.join() === given?.shape.join()) continue;
    throw new IsogradError("batch/shape", `batch ${i + 1} is unlike the first: "${name}" has another shape`, {
      at: ["batch", name],
      expected: wanted ? formatShape(wanted.shape) : "none",
      received: given ? formatShape(given.shape) : "none",
      fix: "give batches of one size",
    });
  }
  if (i > 0 && [...first].every(([name, t]) => t.data.every((v, k) => v === inputs.get(name)!.data[k])))
    throw new IsogradError("batch/value", `batch ${i + 1} is the first once more`, {
      at: ["batch"],
      fix: "an interval over batches needs other data in each",
    });
}

/** Returns what the trunk leads to: the value that the loss is computed from, probabilities traced back to logits where the loss does so. */
function targetOf(bound: Bound, loss: LossSpec | undefined, output: string | undefined, labels: boolean): string {
  const from = lossOutput(bound, output);
  return (loss?.kind === "cross-entropy" && labels ? logitsOf(bound, from)?.value : undefined) ?? from;
}

/** Returns the number of examples: the size of axis 0 that all inputs with axes share; 1 where they share none. */
export function examplesOf(bound: Bound, batch: Tensors): number {
  const sizes = new Set(bound.graph.inputs.map((i) => batch.get(i.name)?.shape[0]).filter((n) => n !== undefined));
  return sizes.size === 1 ? [...sizes][0]! : 1;
}

/** Returns a measurement of the profile alone: without the gradients of parameters, and without units. */
export const profileAlone = (run: MeasureRun): MeasureRun => ({ ...run, request: { ...run.request, omit: ["parameters", "units"] } });

/** Returns the measurement of a prepared network. */
export function measureRunOf(
  { bound, batches, labels, loss, setAside }: Prepared,
  structure: Structure,
  examples: number,
  options: CheckOptions,
): MeasureRun {
  const { runtime, memoryLimit = Infinity, seed = 0, onProgress } = options;
  const aside = new Set(setAside.map((s) => s.name));
  const request = { examples, setAside: aside, ...defined({ loss, labels: labels?.[0], output: outputOf(loss, options.output) }) };
  return { bound, structure, batches, runtime, seed, memoryLimit, request, ...defined({ labels, onProgress }) };
}
