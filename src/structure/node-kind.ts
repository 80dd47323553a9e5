import type { Node } from "../graph/graph.js";
import { traitsOf } from "../ops/registry.js";
import type { Multiple } from "./multiple.js";
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
  /** Whether it is the product of a gate and a value, both made of its one input. */
  readonly gated?: true;
  /** By what several nodes recognised as one multiply their input, where they do that, and add constants, and nothing else. */
  readonly multiple?: Multiple;
  /** Name of the weight of a weighted node. */
  readonly weight?: string;
  /** Whether a weighted node convolves a map of several positions. */
  readonly slides?: true;
  /** On one node in each step of a state that is computed element by element. */
  readonly step?: {
    /** The name of the last such state, which is the same for all steps; of a layer with weights of its own their name. */
    readonly clock: string;
    /** The state before the step. */
    readonly from: string;
    /** The activations through which it comes to this node. */
    readonly state: readonly string[];
  };
}

/** What a node applies at every step of a chain over time: its weight, or the step itself where that computes its state element by element. */
export const clockOf = (n: ViewNode): string | undefined => n.weight ?? n.step?.clock;

/** Whether a node counts as a layer: it applies weights, or is the mark of a step. */
export const isLayer = (n: ViewNode): boolean => n.kind === "weighted" || n.step !== undefined;

/** Classifies a node of the bound graph. `inputs` are its activations; `fixed` tells whether a constant is no trainable weight, such as a filter of Resize. */
export function kindOf(node: Node, inputs: readonly string[], active: (v: string) => boolean, fixed: (v: string) => boolean): NodeKind {
  const traits = traitsOf(node);
  const several = inputs.length > 1;
  if (traits.product) {
    if (node.inputs.slice(0, 2).some(fixed)) return "resample";
    const both = active(node.inputs[0] ?? "") && active(node.inputs[1] ?? "");
    const neither = !active(node.inputs[0] ?? "") && !active(node.inputs[1] ?? "");
    return neither ? "shift" : both && !traits.convolves ? "product" : "weighted";
  }
  if (isLayout(node)) return "layout";
  if (traits.pools) return "pool";
  if (traits.resamples) return "resample";
  if (traits.splits) return "split";
  if (traits.concatenates) return several ? "concat" : "layout";
  switch (traits.arithmetic) {
    case "sum":
    case "difference":
      return several ? "add" : "shift";
    case "product":
      return several ? "mul" : "scale";
    case "quotient":
      return several ? "mul" : active(node.inputs[0]!) ? "scale" : "activation";
    case "negative":
      return "scale";
    default:
      return several ? "other" : "activation";
  }
}

/** Whether a node only moves elements. A mask of mean 1 does nothing on average, and a cast to another type but rounding. */
export function isLayout(n: Node): boolean {
  const { moves, casts, random } = traitsOf(n);
  return moves !== undefined || casts === true || random === "mask";
}

/** The name of the weight of a weighted node: the operand that is not an activation. */
export function weightOf(node: Node, active: (v: string) => boolean): string | undefined {
  return [node.inputs[1], node.inputs[0]].find((v) => v !== undefined && v !== "" && !active(v));
}

/** Whether a weighted node applies its weights at several positions of a map; a convolution of one position is a product with a matrix. */
export function slides(node: Node, shapeOf: (value: string) => readonly number[]): boolean {
  if (!traitsOf(node).convolves) return false;
  return [node.inputs[0]!, node.outputs[0]!].some((v) =>
    shapeOf(v)
      .slice(2)
      .some((d) => d > 1),
  );
}
