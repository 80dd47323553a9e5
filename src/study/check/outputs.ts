import { feedsFor } from "../../data/batch.js";
import type { Graph, Model } from "../../graph/graph.js";
import { isFloat } from "../../graph/tensor.js";
import type { Tensor } from "../../graph/tensor.js";
import { bind } from "../../passes/bind.js";
import type { Bound } from "../../passes/bind.js";
import { refuseTooLarge } from "../../passes/memory.js";
import { firstNonFinite } from "../../probe/first-non-finite.js";
import type { Batch, NonFinite } from "../../probe/first-non-finite.js";
import { brokenOutputs } from "../../probe/non-finite-states.js";
import type { MeasureRun } from "../../probe/measure.js";
import { IsogradError } from "../../util/errors.js";
import { bindOptions } from "../network-options.js";
import type { CheckOptions } from "./options.js";
import type { Prepared } from "./prepare.js";

/** What was seen of the outputs of a file. */
export interface SeenOutputs {
  /** Those that are not finite, in the first batch in which there are any. */
  readonly broken: readonly string[];
  /** The first cause, and the graph that it lies in. */
  readonly cause: { readonly first: NonFinite; readonly graph: Graph } | undefined;
  /** Those that could not be run, and why. */
  readonly unseen: ReadonlyMap<string, string>;
}

const NOTHING: SeenOutputs = { broken: [], cause: undefined, unseen: new Map() };

/**
 * Runs the network forward to the outputs that take no part in the loss, and to the one that does where `suspect` says that its trunk does not end in finite
 * numbers, and finds those that are not finite. −∞ of a mask is none: scores that were masked are finite for the softmax that takes them. An output that cannot
 * be run is told, and is no error: the loss does without it.
 */
export async function seenOutputs(
  model: Model,
  { output, batches, bound: main, set }: Prepared,
  run: MeasureRun,
  options: CheckOptions,
  { suspect, ...about }: Batch & { readonly suspect: boolean },
): Promise<SeenOutputs> {
  const isRead = (o: string): boolean => {
    const type = model.outputTypes?.get(o);
    return type === undefined || (type !== null && isFloat(type));
  };
  const others = [...new Set(model.graph.outputs)].filter((o) => o !== output && isRead(o));
  const wanted = suspect ? [output, ...others] : others;
  if (wanted.length === 0) return NOTHING;
  run.onProgress?.("looking at the outputs");
  const shapes = Object.fromEntries([...batches[0]!].map(([name, t]) => [name, t.shape]));
  const dims = { ...options.dims, ...Object.fromEntries([...main.dims].filter(([name]) => isDim(model, name))) };
  const trainNorm = options.trainNorm ?? true;
  const bound = (outputs: readonly string[]): Bound => {
    const made = bind(model, { ...bindOptions({ ...options, trainNorm }), dims, set, shapes, outputs });
    refuseTooLarge(made.graph, run.memoryLimit, run.runtime.peakBytes);
    return made;
  };
  const unseen = new Map<string, string>();
  const attempt = async (names: readonly string[]): Promise<SeenOutputs> => {
    try {
      return await brokenOf(bound(names), names, run, about);
    } catch (error) {
      if (!(error instanceof IsogradError)) throw error;
      if (names.length === 1) unseen.set(names[0]!, error.what);
      return names.length === 1 ? NOTHING : firstOf(await Promise.all(names.map((n) => attempt([n]))));
    }
  };
  return { ...(await attempt(wanted)), unseen };
}

/** Tells whether an input of the file declares a dim of this name. */
const isDim = (model: Model, name: string): boolean => model.graph.inputs.some((i) => i.shape?.includes(name) === true);

/** Joins what was seen of outputs that were run one by one. */
const firstOf = (seen: readonly SeenOutputs[]): SeenOutputs => ({
  ...NOTHING,
  broken: seen.flatMap((s) => s.broken),
  cause: seen.find((s) => s.cause !== undefined)?.cause,
});

async function brokenOf({ graph, valueOf }: Bound, names: readonly string[], run: MeasureRun, about: Batch): Promise<SeenOutputs> {
  const feeds = run.batches.map((batch: ReadonlyMap<string, Tensor>) => feedsFor(graph, batch));
  const floats = { ...graph, outputs: graph.outputs.filter((o) => isFloat(graph.types.get(o)!.dtype)) };
  if (floats.outputs.length === 0) return NOTHING;
  const found = await brokenOutputs(floats, feeds, run, about.trained);
  if (found === undefined) return NOTHING;
  const broken = names.filter((n) => found.outputs.includes(valueOf(n)!));
  const first = await firstNonFinite({ ...graph, outputs: found.outputs }, feeds[found.at]!, run, about);
  return { ...NOTHING, broken, cause: first && { first: { ...first, outputs: broken }, graph } };
}
