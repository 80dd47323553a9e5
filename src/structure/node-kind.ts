import type { Node } from "../graph/graph.js";
import type { NormKind } from "./types.js";

/** What a node of the view does to the activations that pass it. */
export type NodeKind =
  | "weighted" // a matrix product or convolution with weights
  | "product" // a matrix product of activations
  | "norm"
  | "excite" // squeeze-excite: a value times gates computed from its own means
  | "activation" // any other function of one activation
  | "scale" // times or divided by what is no activation
  | "shift" // plus or minus what is no activation
  | "add"
  | "mul"
  | "concat"
  | "layout" // moves elements: reshapes, transposes, slices, pads
  | "split"
  | "pool"
  | "resample"
  | "other";

/** A node of the view: one node of the bound graph, or several recognised as one. Only activations count as inputs and outputs. */
export interface ViewNode {
  /** Position in the bound graph of its last node: views are ordered by it. */
  readonly at: number;
  readonly kind: NodeKind;
  /** Op type, or the name of the recognised composite. */
  readonly op: string;
  readonly nodes: readonly Node[];
  /** Activations by position; the same may stand twice. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** For norms, and for the halves of one that is written out. */
  readonly norm?: NormKind;
  readonly inference?: boolean;
  /** Weight of a weighted node. */
  readonly weight?: string;
}

const LAYOUT: ReadonlySet<string> = new Set([
  "Reshape",
  "Transpose",
  "Squeeze",
  "Unsqueeze",
  "Flatten",
  "Identity",
  "Cast",
  "Expand",
  "Slice",
  "Pad",
  "DepthToSpace",
  "SpaceToDepth",
  "Dropout",
  "Gather",
  "GatherND",
  "GatherElements",
  "Tile",
  "Trilu",
  "ReverseSequence",
  "CenterCropPad",
  "Compress",
]);
const POOLS: ReadonlySet<string> = new Set([
  "MaxPool",
  "AveragePool",
  "LpPool",
  "GlobalAveragePool",
  "GlobalMaxPool",
  "GlobalLpPool",
  "ReduceMean",
  "ReduceMax",
  "ReduceMin",
  "ReduceSum",
  "ReduceL1",
  "ReduceL2",
  "ReduceLogSumExp",
]);
const PRODUCTS: ReadonlySet<string> = new Set(["MatMul", "Gemm", "Conv", "ConvTranspose"]);

/** The kind of one node of the bound graph. `inputs` are its activations; `fixed` tells constants that are nobody's weights, as filters of Resize are. */
export function kindOf(node: Node, inputs: readonly string[], active: (v: string) => boolean, fixed: (v: string) => boolean): NodeKind {
  if (PRODUCTS.has(node.op)) {
    if (node.inputs.slice(0, 2).some(fixed)) return "resample";
    const both = active(node.inputs[0] ?? "") && active(node.inputs[1] ?? "");
    const neither = !active(node.inputs[0] ?? "") && !active(node.inputs[1] ?? "");
    return neither ? "shift" : both && !node.op.startsWith("Conv") ? "product" : "weighted";
  }
  if (LAYOUT.has(node.op)) return "layout";
  if (POOLS.has(node.op)) return "pool";
  const several = inputs.length > 1;
  switch (node.op) {
    case "Add":
    case "Sum":
    case "Sub":
      return several ? "add" : "shift";
    case "Mul":
      return several ? "mul" : "scale";
    case "Div":
      return several ? "mul" : active(node.inputs[0]!) ? "scale" : "activation";
    case "Neg":
      return "scale";
    case "Concat":
      return several ? "concat" : "layout";
    case "Split":
      return "split";
    case "Resize":
      return "resample";
    default:
      return several ? "other" : "activation";
  }
}

/** Whether a node only moves elements. */
export const isLayout = (n: Node): boolean => LAYOUT.has(n.op);

/** The weight of a weighted node. */
export function weightOf(node: Node, active: (v: string) => boolean): string | undefined {
  return [node.inputs[1], node.inputs[0]].find((v) => v !== undefined && v !== "" && !active(v));
}
