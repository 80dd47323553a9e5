import type { Choice } from "../data/drawn-inputs.js";
import type { Model } from "../graph/graph.js";
import type { Checkpoint } from "../io/checkpoint.js";
import { withWeights } from "../passes/weights.js";
import type { Unclear } from "../passes/shared-weights.js";
import type { Weighted } from "../passes/weights.js";
import { moduleOf } from "../passes/tensor-uses.js";
import { traitsOf } from "../ops/registry.js";
import { IsogradError } from "../util/errors.js";
import { count, inflect, list, plural } from "../util/format.js";

/** A network with the weights of a checkpoint, and what a record says of it. */
export interface LoadedWeights {
  readonly model: Model;
  /** Which weights were used, missing and ignored, as rows of the settings. */
  readonly settings: readonly Choice[];
}

/**
 * Puts the weights of a checkpoint into a network, and says which were used, which the checkpoint lacks, and which it has for nothing. Error `bind/input`:
 * none fits, or one has another shape.
 */
export function loadWeights(model: Model, checkpoint: Checkpoint): LoadedWeights {
  const used = weighted(model, checkpoint);
  const notes = [
    ...used.unclear.map(unclearNote),
    renamedNote(model, used),
    foldedNote(model, checkpoint, used),
    othersNote([...used.others, ...checkpoint.others]),
  ];
  return {
    model: used.model,
    settings: [
      { what: "weights", value: sentence(checkpoint, used) },
      ...notes.flatMap((value) => (value === undefined ? [] : [{ what: "note", value }])),
    ],
  };
}

function weighted(model: Model, { name, tensors, others, part, unread }: Checkpoint): Weighted {
  if (tensors.size === 0 && unread.size > 0)
    throw new IsogradError("checkpoint/invalid", "no tensor of the checkpoint can be read", {
      at: [name],
      received: list([...unread].map(([n, why]) => `${n} (${why})`)),
      fix: "save dense floats",
    });
  try {
    return withWeights(model, tensors);
  } catch (error) {
    if (!(error instanceof IsogradError) || error.at.length > 1 || others.length === 0) throw error;
    const fix = `${part === "" ? "the" : `"${part}" was read; the`} checkpoint also has ${list(others)}: give ${name}#${others[0]!}`;
    throw new IsogradError(error.code, error.what, { ...error.parts, fix });
  }
}

/** Writes which prefix was changed. */
function renamed(dropped: string, added: string): string {
  if (dropped === "") return added === "" ? "" : ` (prefix \`${added}\` added)`;
  return ` (prefix \`${dropped}\` ${added === "" ? "dropped" : `read as \`${added}\``})`;
}

/** Writes "44 of 46 initializers from last.ckpt, state_dict (prefix `model.` dropped); 2 missing: …; 1 ignored: …". */
function sentence({ name, part, unread }: Checkpoint, { replaced, kept, ignored, tied, unclear, dropped, added }: Weighted): string {
  const total = replaced + kept.length + unclear.length;
  const reasons = [...unread].map(([n, why]) => `${n} (${why})`);
  const extra = [...ignored, ...reasons];
  return [
    `${count(replaced)} of ${plural(total, "initializer")} from ${name}${part === "" ? "" : `, ${part}`}${renamed(dropped, added)}`,
    ...(kept.length > 0 ? [`${count(kept.length)} missing: ${list(kept)}`] : []),
    ...(unclear.length > 0 ? [`${count(unclear.length)} not told apart: ${list(unclear.map((u) => u.name))}`] : []),
    ...(tied.length > 0 ? [`${count(tied.length)} tied to ${inflect(tied.length, "another", "others")}: ${list(tied)}`] : []),
    ...(extra.length > 0 ? [`${count(extra.length)} ignored: ${list(extra)}`] : []),
  ].join("; ");
}

/** Tells of a tensor that the exporter merged of several, of which nothing in the file says where each belongs. */
const unclearNote = ({ name, uses, candidates }: Unclear): string =>
  `the file stores one tensor, ${name}, for ${plural(uses, "place")} that take it, and the checkpoint has ${list(candidates)} of its shape: the exporter or an optimiser merged ` +
  `equal tensors, and nothing in the file tells which belongs where. It keeps the file's values, so the numbers below are not those of the checkpoint. Export after some ` +
  `training, when no two tensors are equal, or with training=TrainingMode.TRAINING, and without merging equal initializers`;

/** A name that an exporter made up: `onnx::MatMul_12`, `12`, `_v_12`. */
const MADE_UP = /::|^_?(v_)?\d+$/;

/** Tells of weights whose names an exporter has replaced. Which weights of the checkpoint these are is not guessed by shape. */
function renamedNote(model: Model, { kept, ignored }: Weighted): string | undefined {
  const renamed = kept.filter((n) => MADE_UP.test(n) && model.graph.initializers.get(n)!.data.length > 1);
  if (renamed.length === 0 || ignored.length === 0) return undefined;
  const one = renamed.length === 1;
  return (
    `${list(renamed)} ${one ? "has a name" : "have names"} that the exporter made up, as it does where it transposes the weight of a Linear layer, reorders that of an ` +
    `LSTM or folds a norm into a convolution; ${one ? "it keeps" : "they keep"} the file's values. Export without constant folding (do_constant_folding=False) to keep the names`
  );
}

const RUNNING_MEAN = ".running_mean";

/** Tells of BatchNorms of the checkpoint that were folded into the layers before: raw weights in their place drop the norm. */
function foldedNote(model: Model, { tensors }: Checkpoint, { dropped, added, kept }: Weighted): string | undefined {
  const own = [...model.graph.initializers.keys()];
  const renamed = kept.some((n) => MADE_UP.test(n));
  const norms = [...tensors.keys()].flatMap((name) => {
    if (!name.startsWith(dropped) || !name.endsWith(RUNNING_MEAN)) return [];
    return [added + name.slice(dropped.length, -RUNNING_MEAN.length)];
  });
  const nodes = model.graph.nodes.filter((n) => traitsOf(n).norm === "batch");
  // Nodes that tell no module may be any of them, under names that the exporter merged.
  const nameless = nodes.filter((n) => moduleOf(n) === "").length;
  if (nameless > 0 && nodes.length >= norms.length) return undefined;
  const modules = new Set(nodes.map(moduleOf));
  const folded = norms.filter((norm) => {
    const scope = norm.includes(".") ? norm.slice(0, norm.lastIndexOf(".") + 1) : "";
    const has = modules.has(norm) || own.some((n) => n.startsWith(`${norm}.`));
    // Its neighbours are in the file, under their names or under those that the exporter made up: the file is no smaller network.
    return !has && (renamed || own.some((n) => n.startsWith(scope)));
  });
  if (folded.length === 0) return undefined;
  return (
    `the checkpoint has ${plural(folded.length, "BatchNorm")} that the file lacks (${list(folded)}): the exporter folded ${inflect(folded.length, "it", "them")} into the ` +
    `layers before, so that with the checkpoint's own weights the network has no norm there. Export it for training: training=TrainingMode.TRAINING, do_constant_folding=False`
  );
}

function othersNote(others: readonly string[]): string | undefined {
  if (others.length === 0) return undefined;
  return `the checkpoint also has ${list(others)}: choose with --weights FILE#${others.length === 1 ? others[0]! : "NAME"}`;
}
