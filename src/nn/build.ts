import type { Model } from "../graph/graph.js";
import { bytesOf } from "../graph/tensor.js";
import type { Tensor } from "../graph/tensor.js";
import { opsetOf, writeOnnx } from "../onnx/write.js";
import { IsogradError, refuseBytes } from "../util/errors.js";
import { drawParameter, newNet } from "./net.js";
import type { DeclaredValue, Net } from "./net.js";
import { resolveNet } from "./spec.js";
import type { NetSpec, ResolvedNet } from "./spec.js";

/** The most bytes of weights by default. */
const BYTE_LIMIT = 8 * 2 ** 30;
/** The most bytes of weights in one file: a protobuf message is smaller than 2 GiB. */
const FILE_LIMIT = 2 ** 31 - 2 ** 20;

/** Options for building a network. */
export interface BuildOptions {
  /** The most bytes that the weights may take (default 8 GiB). */
  readonly maxBytes?: number;
}

/** A built network: its model, the types of its outputs as a file declares them, and its parameters. */
export interface BuiltNet {
  readonly model: Model;
  readonly outputs: readonly DeclaredValue[];
  readonly parameters: readonly ParameterShape[];
}

/** The name and shape of a parameter. */
export interface ParameterShape {
  readonly name: string;
  readonly shape: readonly number[];
}

/**
 * Builds the network of a spec, with its weights drawn, as reading its file would give it: unbound, with composite ops. Its output is
 * `logits` [N, classes], or `output` where there are no classes. Errors: `spec/invalid`, `memory/limit`.
 */
export const buildNet = (spec: NetSpec, options: BuildOptions = {}): Model => built(spec, options).model;

/** Builds as {@link buildNet} does, and also returns the types of the outputs and the parameters. */
export function built(spec: NetSpec, { maxBytes = BYTE_LIMIT }: BuildOptions = {}): BuiltNet {
  const resolved = resolveNet(spec);
  const { net, output } = construct(resolved, true, maxBytes);
  const { graph, outputs } = net.finish(resolved.architecture.name, {
    [(resolved.fields["classes"] ?? null) === null ? "output" : "logits"]: output,
  });
  const model: Model = { graph, name: resolved.architecture.name, opset: opsetOf(graph.nodes), producer: "isograd" };
  return { model, outputs, parameters: net.parameters };
}

/** Returns names and shapes of a network's parameters in the order of their creation, without drawing any weight. */
export function parameterShapes(spec: NetSpec): readonly ParameterShape[] {
  return construct(resolveNet(spec), false, Infinity).net.parameters.map(({ name, shape }) => ({ name, shape }));
}

/** Draws a network's weights for a seed. They overwrite the tensors of `buffers`, from an earlier draw, where these are given. */
export type WeightDraw = (seed: number, buffers?: ReadonlyMap<string, Tensor>) => Map<string, Tensor>;

/** Returns a function that draws a network's weights for any seed, equal to those of the network built with it, without building it again. */
export function weightsOf(spec: NetSpec): WeightDraw {
  const resolved = resolveNet(spec);
  const { parameters } = construct(resolved, false, Infinity).net;
  return (seed, buffers) =>
    new Map(parameters.map(({ name, shape, fill }) => [name, drawParameter(name, shape, resolved.dtype, fill, seed, buffers?.get(name))]));
}

/** Encodes a built network as the bytes of an ONNX file, constants as Constant nodes. Error `memory/limit`. */
export function netFile({ model, outputs }: BuiltNet): Uint8Array<ArrayBuffer> {
  const bytes = [...model.graph.initializers.values()].reduce((n, t) => n + bytesOf(t), 0);
  if (bytes > FILE_LIMIT) refuseBytes("an ONNX file of this network would take", bytes, FILE_LIMIT);
  return writeOnnx(model.graph, { opset: model.opset, outputs, constantNodes: true });
}

/** Appends the network to an empty one; `draw` tells whether weights are drawn. */
function construct(resolved: ResolvedNet, draw: boolean, maxBytes: number): { readonly net: Net; readonly output: string } {
  const { architecture, seed, dtype, batch, init, fields } = resolved;
  const net = newNet({ seed, dtype, batch, init, draw, maxBytes });
  try {
    return { net, output: architecture.build(net, fields) };
  } catch (error) {
    throw error instanceof IsogradError ? error.within(architecture.name) : error;
  }
}
