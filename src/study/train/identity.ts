import { printGraph } from "../../graph/print.js";
import type { Tensor } from "../../graph/tensor.js";
import { rawBytes } from "../../graph/bytes.js";
import type { RunIdentity } from "../../train/keeper.js";
import { sha256 } from "../../trial/canonical.js";
import type { TrainOptions } from "./options.js";
import type { Prepared } from "./prepare.js";

/** The most examples whose numbers are part of an identity: the first and the last. */
const LOOKED_AT = 64;

/** Returns what tells a run from another: the step that it makes with the weights that it begins with, the data, and its options. */
export async function identityOf(
  prepared: Prepared,
  { described = {}, asked = null }: Pick<TrainOptions, "described" | "asked">,
): Promise<RunIdentity> {
  const { trainee, data, recipe, feeder, model } = prepared;
  const { graph, carry } = trainee.step;
  const weights = [...carry.keys()].map((name) => graph.initializers.get(name)!);
  const { count } = data.train;
  const ends = Int32Array.from({ length: Math.min(LOOKED_AT, count) }, (_, i) => (i % 2 === 0 ? i / 2 : count - 1 - (i - 1) / 2));
  const seen = [...feeder.feeds(ends, [ends.length], "labels", () => 0).values()];
  return {
    schema: "isograd/run/1",
    model: { name: model.name, sha256: await sha256(`${printGraph(graph)}\n${await digestOf(weights)}`) },
    data: { name: data.name, examples: count, sha256: await digestOf(seen) },
    options: { ...described, ...recipe },
    asked,
  };
}

async function digestOf(tensors: readonly Tensor[]): Promise<string> {
  const parts: string[] = [];
  for (const t of tensors) parts.push(await sha256(new Uint8Array(rawBytes(t))));
  return sha256(parts.join());
}
