import type { Model } from "../graph/graph.js";
import { requireModel } from "./given.js";
import { prepare } from "./train/prepare.js";
import type { TrainOptions } from "./train/options.js";
import { stepFile } from "../onnx/step-file.js";

/** One step of training as a file. */
export interface Emitted {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** What of the graph has another name than usual, because the network has a value of that name. */
  readonly renamed: readonly string[];
}

/** Writes one step of training as an ONNX file that any runtime executes: forward pass, backward pass and update, with the state as inputs that have defaults. Errors as of training. */
export function emitted(model: Model, options: Omit<TrainOptions, "runtime">): Emitted {
  requireModel(model, "train");
  const { trainee } = prepare(model, options as TrainOptions);
  const { graph, carry, rate, step, labelsInput, classes, outputs } = trainee.step;
  const wanted: [string, string | undefined][] = [
    ["lr", rate],
    ["step", step],
    [classes === undefined ? "target" : "labels", labelsInput],
    ["loss", outputs.get("loss")],
  ];
  return {
    bytes: stepFile(graph, carry),
    renamed: wanted.flatMap(([name, own]) =>
      own === undefined || own === name ? [] : [`the network has a value named "${name}": the emitted graph calls it "${own}"`],
    ),
  };
}
