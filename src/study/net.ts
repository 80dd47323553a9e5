import { sizeOf } from "../graph/tensor.js";
import type { Model } from "../graph/graph.js";
import { built, netFile } from "../nn/build.js";
import type { NetSpec } from "../nn/spec.js";

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

/** Builds the network of a spec. Errors: `spec/invalid`; `memory/limit` where weights or file are too large. */
export function net(spec: NetSpec, { seed, memoryLimit = Infinity }: NetOptions = {}): NetRecord {
  const network = built(seed === undefined ? spec : { ...spec, seed }, { maxBytes: memoryLimit / 3 });
  const parameters = network.parameters.reduce((n, p) => n + sizeOf(p.shape), 0);
  return { model: network.model, parameters, file: () => netFile(network) };
}
