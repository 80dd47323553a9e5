import { isGraph } from "../graph/graph.js";
import type { Graph, Model, Node } from "../graph/graph.js";
import { isFloat } from "../graph/tensor.js";
import { traitsOf } from "../ops/registry.js";

/** What shows that an exporter folded BatchNorms into the convolutions and linear layers before them. */
export interface FoldedNorms {
  /** Convolutions of the file, and those with a bias. */
  readonly convolutions: number;
  readonly biased: number;
  /** Layers that hold a norm, by what gave them away: a name that the exporter made for a weight or a bias, else the node's. */
  readonly traces: readonly string[];
}

/** Names of tensors that an exporter or optimiser computed: of TorchScript (`onnx::Conv_123`, before version 1.11 of PyTorch `123`), of onnxoptimizer (`_v_123`). */
const COMPUTED = /^(onnx::\w+_\d+|_v_\d+)$/;
const NUMBERED = /^\d+$/;
/** What fusing leaves in names: tf2onnx (`Conv2D_bias_fused_bn`), onnxruntime (`ConvBnFusion_W_…`), others (`bn1.bias`). */
const FUSED = /fused_bn|bn_?fusion|(^|[._/])bn_?\d*([._/:][^./:]*)?$/i;
/** The norm's own name on what is left, as TensorFlow has it: `bn1/FusedBatchNormV3:0`. A module may be called so for other reasons. */
const NORM = /batch_?norm/i;

/**
 * Looks for what exporters leave when they fold BatchNorms in inference mode into the layers before them: what they note of the node (PyTorch from 2.9 on),
 * a bias that is named after its weight (the same without its notes), a weight and a bias that both have made-up names in a file that names others, or a
 * rest of the norm's name. A network that never had norms has none of these: undefined.
 */
export function foldedNorms({ graph }: Model): FoldedNorms | undefined {
  const nodes = nodesWithin(graph);
  const convolutions = nodes.filter((n) => traitsOf(n).convolves !== undefined);
  const biased = convolutions.filter((n) => (n.inputs[2] ?? "") !== "");
  const named = namesItsWeights(graph);
  // A tensor that a norm of the file takes was merged with one of a layer, and has its name from there.
  const norms = new Set(nodes.flatMap((n) => (traitsOf(n).norm === undefined ? [] : n.inputs.slice(1))));
  const traces = nodes.flatMap((n) => traceOf(n, named, norms) ?? []);
  return traces.length === 0 ? undefined : { convolutions: convolutions.length, biased: biased.length, traces };
}

/** Returns what shows that a layer holds a norm; undefined where nothing does. */
function traceOf(node: Node, named: boolean, norms: ReadonlySet<string>): string | undefined {
  const { product, convolves, norm } = traitsOf(node);
  if ((product === undefined && convolves === undefined) || norm !== undefined) return undefined;
  const { rewrites = "", module = "" } = node.note ?? {};
  if (/batch_?norm/i.test(rewrites) || /batch_?norm\w*$/i.test(module)) return node.name;
  const [, weight = "", bias = ""] = node.inputs;
  if (bias === "" || norms.has(bias)) return undefined;
  if (bias === `${weight}_bias`) return bias;
  if (convolves === undefined) return undefined;
  const madeUp = (v: string): boolean => COMPUTED.test(v) || (named && NUMBERED.test(v));
  if (madeUp(weight) && madeUp(bias)) return weight;
  return [bias, ...node.outputs, lastPart(node.name)].find((v) => FUSED.test(v) || NORM.test(lastPart(v)));
}

/** Tells whether a file names weights as the program did; versions of PyTorch before 0.4.1 numbered all of them. */
const namesItsWeights = ({ initializers, constants }: Graph): boolean =>
  [...initializers].some(([name, t]) => isFloat(t.dtype) && !constants.has(name) && !NUMBERED.test(name) && !COMPUTED.test(name));

const lastPart = (name: string): string => name.split("/").at(-1)!;

/** Returns the nodes of a graph and of its subgraphs. */
function nodesWithin(graph: Graph): readonly Node[] {
  return graph.nodes.flatMap((n) => [n, ...Object.values(n.attrs).flatMap((a) => (isGraph(a) ? nodesWithin(a) : []))]);
}
