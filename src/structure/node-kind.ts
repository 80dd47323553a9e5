import type { Node } from "../graph/graph.js";
import type { NormKind } from "./types.js";

/** The effect of a node of the view on its activations. */
export type NodeKind =
  | "weighted" // a matrix product or convolution with weights
  | "product" // a matrix product of activations
  | "norm"
  | "excite" // squeeze-excite: a value times gates computed from its own means
  | "activation" // any other function of one activation
  | "scale" // multiplied or divided by a value that is not an activation
  | "shift" // plus or minus a value that is not an activation
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
  /** Index of its last node in the bound graph; views are ordered by it. */
  readonly at: number;
  readonly kind: NodeKind;
  /** Op type, or the name of the recognised composite. */
  readonly op: string;
  readonly nodes: readonly Node[];
  /** Activations in the order of the inputs; the same may occur twice. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** The kind of a norm, or of a half of one that is written out in elementary ops. */
  readonly norm?: NormKind;
  /** Whether a norm's statistics are constants of the file. */
  readonly inference?: boolean;
  /** Name of the weight of a weighted node. */
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

/** Classifies a node of the bound graph. `inputs` are its activations; `fixed` tells whether a constant is no trainable weight, such as a filter of Resize. */
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

/** The name of the weight of a weighted node: the operand that is not an activation. */
export function weightOf(node: Node, active: (v: string) => boolean): string | undefined {
  return [node.inputs[1], node.inputs[0]].find((v) => v !== undefined && v !== "" && !active(v));
}
