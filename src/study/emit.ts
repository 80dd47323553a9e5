import type { Model } from "../graph/graph.js";
import { requireModel } from "./given.js";
import { prepare } from "./train/prepare.js";
import type { TrainOptions } from "./train/options.js";
import { writeSafetensors } from "../io/safetensors.js";
import { stepFile } from "../onnx/step-file.js";

/** One step of training as a file. */
export interface Emitted {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The present state as a safetensors file, under the names of the inputs. */
  readonly state: readonly Uint8Array[];
  /** What of the graph has another name than usual, because the network has a value of that name. */
  readonly renamed: readonly string[];
}

/**
 * Writes one step of training as an ONNX file that any runtime executes: forward pass, backward pass and update, with the state as inputs, which have defaults where `defaults` says
 * so. Errors as of training.
 */
export function emitted(model: Model, options: Omit<TrainOptions, "runtime">, { defaults }: { readonly defaults: boolean }): Emitted {
  requireModel(model, "train");
  const { trainee } = prepare(model, options);
  const { graph, carry, rate, step, labelsInput, classes, outputs } = trainee.step;
  const wanted: [string, string | undefined][] = [
    ["lr", rate],
    ["step", step],
    [classes === undefined ? "target" : "labels", labelsInput],
    ["loss", outputs.get("loss")],
  ];
  return {
    bytes: stepFile(graph, carry, { defaults }),
    state: writeSafetensors(new Map([...carry.keys()].map((name) => [name, graph.initializers.get(name)!])), { producer: "isograd" }),
    renamed: wanted.flatMap(([name, own]) =>
      own === undefined || own === name ? [] : [`the network has a value named "${name}": the emitted graph calls it "${own}"`],
    ),
  };
}
