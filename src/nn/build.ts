import type { Model } from "../graph/graph.js";
import { bytesOf } from "../graph/tensor.js";
import type { Tensor } from "../graph/tensor.js";
import { CANONICAL_OPSET, writeOnnx } from "../onnx/write.js";
import { IsogradError, refuseBytes } from "../util/errors.js";
import { drawn, newNet } from "./net.js";
import type { Declared, Net } from "./net.js";
import { resolveNet } from "./spec.js";
import type { NetSpec, ResolvedNet } from "./spec.js";

/** Since this opset group norms have a factor per channel. */
const GROUP_NORM_OPSET = 21;

/** Weights of more bytes are refused unless more is allowed. */
const BYTE_LIMIT = 8 * 2 ** 30;
/** No protobuf message is larger. */
const FILE_LIMIT = 2 ** 31 - 2 ** 20;

/** How to build. */
export interface BuildOptions {
  /** The most bytes that the weights may take (default 8 GiB): beyond, error `memory/limit`. */
  readonly maxBytes?: number;
}

/** A built network: the model, and its outputs as a file declares them. */
export interface BuiltNet {
  readonly model: Model;
  readonly outputs: readonly Declared[];
  readonly parameters: readonly ParameterShape[];
}

/** A parameter's name and shape. */
export interface ParameterShape {
  readonly name: string;
  readonly shape: readonly number[];
}

/**
 * The network of a spec, as reading its file would give it: unbound, composite ops whole, weights drawn. Its output is `logits`, or `output` where
 * there are no classes. Error `spec/invalid`.
 */
export const buildNet = (spec: NetSpec, options: BuildOptions = {}): Model => built(spec, options).model;

/** As {@link buildNet}, with what the outputs are. */
export function built(spec: NetSpec, { maxBytes = BYTE_LIMIT }: BuildOptions = {}): BuiltNet {
  const resolved = resolveNet(spec);
  const { net, output } = construct(resolved, true, maxBytes);
  const { graph, outputs } = net.finish(resolved.architecture.name, {
    [(resolved.fields["classes"] ?? null) === null ? "output" : "logits"]: output,
  });
  const opset = graph.nodes.some((n) => n.op === "GroupNormalization") ? GROUP_NORM_OPSET : CANONICAL_OPSET;
  const model: Model = { graph, name: resolved.architecture.name, opset, producer: "isograd" };
  return { model, outputs, parameters: net.parameters };
}

/** Names and shapes of a network's parameters, in order; no weight is drawn. */
export function parameterShapes(spec: NetSpec): readonly ParameterShape[] {
  return construct(resolveNet(spec), false, Infinity).net.parameters.map(({ name, shape }) => ({ name, shape }));
}

/** Draws a network's weights for a seed, into the tensors of an earlier draw where these are given. */
export type WeightDraw = (seed: number, room?: ReadonlyMap<string, Tensor>) => Map<string, Tensor>;

/** How a network's parameters are drawn: for any seed those of the network built with it, by name, without building it again. */
export function weightsOf(spec: NetSpec): WeightDraw {
  const resolved = resolveNet(spec);
  const { parameters } = construct(resolved, false, Infinity).net;
  return (seed, room) => new Map(parameters.map(({ name, shape, fill }) => [name, drawn(name, shape, resolved.dtype, fill, seed, room?.get(name))]));
}

/** A built network as the bytes of an ONNX file: constants as Constant nodes. */
export function netFile({ model, outputs }: BuiltNet): Uint8Array<ArrayBuffer> {
  const bytes = [...model.graph.initializers.values()].reduce((n, t) => n + bytesOf(t), 0);
  if (bytes > FILE_LIMIT) refuseBytes("an ONNX file of this network would take", bytes, FILE_LIMIT);
  return writeOnnx(model.graph, { opset: model.opset, outputs, constantNodes: true });
}

function construct(resolved: ResolvedNet, draw: boolean, maxBytes: number): { readonly net: Net; readonly output: string } {
  const { architecture, seed, dtype, batch, init, fields } = resolved;
  const net = newNet({ seed, dtype, batch, init, draw, maxBytes });
  try {
    return { net, output: architecture.build(net, fields) };
  } catch (error) {
    throw error instanceof IsogradError ? error.within(architecture.name) : error;
  }
}
