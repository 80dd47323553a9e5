import { sizeOf } from "../graph/tensor.js";
import type { Model } from "../graph/graph.js";
import { built, netFile } from "../nn/build.js";
import type { NetSpec } from "../nn/spec.js";
import { seed as anySeed, bytes, requireOptions } from "./option-fields.js";
import type { OptionFields } from "./option-fields.js";

/** How to build a network. */
export interface NetOptions {
  /** Seed of the weights (default: the spec's, else 0). */
  readonly seed?: number | undefined;
  /** Bytes that may be used: three times what the weights take (default: no limit). */
  readonly memoryLimit?: number | undefined;
}

/** What `isograd net` made. It is written as a file, never as JSON, and has no schema. */
export interface NetRecord {
  readonly model: Model;
  /** Elements of all parameters. */
  readonly parameters: number;
  /** The network as the bytes of an ONNX file, made when they are asked for. */
  readonly file: () => Uint8Array<ArrayBuffer>;
}

const FIELDS: OptionFields<NetOptions> = { seed: anySeed, memoryLimit: bytes };

/** Builds the network of a spec. Errors: `spec/invalid`, `usage/option`; `memory/limit` where weights or file are too large. */
export function net(spec: NetSpec, options: NetOptions = {}): NetRecord {
  requireOptions("net", options, FIELDS);
  const { seed, memoryLimit = Infinity } = options;
  const network = built(seed === undefined ? spec : { ...spec, seed }, { maxBytes: memoryLimit / 3 });
  const parameters = network.parameters.reduce((n, p) => n + sizeOf(p.shape), 0);
  return { model: network.model, parameters, file: () => netFile(network) };
}
