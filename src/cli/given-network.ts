import type { Model } from "../graph/graph.js";
import { readModel } from "../io/files.js";
import type { NetSpec } from "../nn/spec.js";
import { net } from "../study/net.js";
import { IsogradError } from "../util/errors.js";
import { memoryLimit, seedOfSpec } from "./options.js";
import { givenSpec } from "./spec-file.js";
import type { Given } from "./verb.js";

/** A network on the command line. */
export interface GivenNetwork {
  readonly model: Model;
  /** The file that it was read from, or its spec. */
  readonly file: string | undefined;
}

/** How the network of a command is made. */
interface Making {
  /** Whether --seed draws the weights of a spec. */
  readonly seeded: boolean;
  /** Changes a spec before it is built. */
  readonly suited?: (spec: NetSpec) => NetSpec;
}

/** Returns the network of a file, or of a spec. */
export function givenNetwork(args: readonly string[], given: Given, { seeded, suited = (spec) => spec }: Making): GivenNetwork {
  const [first] = args as readonly [string];
  const memory = memoryLimit(given);
  if (/\.onnx$/i.test(first)) {
    if (args.length > 1)
      throw new IsogradError("usage/option", `a file has no fields: "${args[1]!}" cannot be set`, { fix: "give fields with a spec" });
    if (seeded && given["seed"] !== undefined) throw new IsogradError("usage/option", "--seed is for specs: the weights of a file are drawn already");
    return { model: readModel(first, memory), file: first };
  }
  const { spec, file } = givenSpec(args);
  return { model: net(suited(spec), { seed: seeded ? seedOfSpec(given) : undefined, memoryLimit: memory }).model, file };
}
