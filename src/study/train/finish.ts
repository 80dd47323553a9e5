import type { Model } from "../../graph/graph.js";
import type { Tensor } from "../../graph/tensor.js";
import { writeSafetensors } from "../../io/safetensors.js";
import { modelFile } from "../../onnx/model-file.js";
import { inInference } from "../../passes/inference.js";
import type { Values } from "../../runtime/runtime.js";
import { RUN_FILES } from "../../train/keeper.js";
import type { Failure } from "../../train/run.js";
import type { Trainee } from "../../train/trainee.js";

/** Whether a tensor of the state is an optimiser's, and not the network's. */
const isSlot = (name: string): boolean => name.startsWith("slot/");

/** Returns the parameters and statistics of a state. */
const weightsIn = (state: Values): ReadonlyMap<string, Tensor> => new Map([...state].filter(([name]) => !isSlot(name)));
const slotsIn = (state: Values): ReadonlyMap<string, Tensor> => new Map([...state].filter(([name]) => isSlot(name)));

/** Returns the network with the weights of a state in the places of its own. */
export function withState(model: Model, state: Values): Model {
  const initializers = new Map(model.graph.initializers);
  for (const [name, t] of weightsIn(state)) if (initializers.has(name)) initializers.set(name, t);
  return { ...model, graph: { ...model.graph, initializers } };
}

const META = { producer: "isograd" };

/** Returns the files of a run's end: the weights, and the network for inference. */
export const endFiles = (model: Model, state: Values): ReadonlyMap<string, readonly Uint8Array[]> =>
  new Map([
    [RUN_FILES.weights, writeSafetensors(weightsIn(state), META)],
    [RUN_FILES.model, [modelFile(inInference(withState(model, state)))]],
  ]);

/** Returns the batch of a failed step as a check-up takes it: inputs, and labels or target. */
export function batchOf({ feeds }: Failure, { step }: Trainee): ReadonlyMap<string, Tensor> {
  const own = new Set([step.rate, step.step]);
  return new Map(
    [...feeds].flatMap(([name, t]) =>
      own.has(name) ? [] : [[name === step.labelsInput ? (step.classes === undefined ? "target" : "labels") : name, t] as const],
    ),
  );
}

/** Returns the files of a failed step: all that it had, and the network as it was before it. */
export function failureFiles(model: Model, failure: Failure, trainee: Trainee): ReadonlyMap<string, readonly Uint8Array[]> {
  const slots = slotsIn(failure.before);
  return new Map([
    [RUN_FILES.failure.model, [modelFile(withState(model, failure.before))]],
    [RUN_FILES.failure.weights, writeSafetensors(weightsIn(failure.before), META)],
    [RUN_FILES.failure.batch, writeSafetensors(batchOf(failure, trainee), META)],
    ...(slots.size > 0 ? [[RUN_FILES.failure.slots, writeSafetensors(slots, META)] as const] : []),
  ]);
}
