import type { Node } from "../../graph/graph.js";
import type { Tensor } from "../../graph/tensor.js";
import type { Multiple } from "../multiple.js";
import type { NodeKind, ViewNode } from "../node-kind.js";
import type { NormKind } from "../types.js";

/** A region: nodes with one activation as their input (`entry`) and one as their output (`exit`). */
export interface Region {
  readonly entry: string;
  readonly exit: string;
  /** In topological order; the last one computes the exit. */
  readonly nodes: readonly ViewNode[];
  shape(value: string): readonly number[];
  constant(value: string): Tensor | undefined;
}

/** The composite function that a region computes. */
export interface Composite {
  readonly op: string;
  readonly kind: NodeKind;
  readonly norm?: NormKind;
  /** Whether it is the product of a gate and a value. */
  readonly gated?: true;
  /** By what it multiplies, where it does nothing else but add constants. */
  readonly multiple?: Multiple;
}

/** Recognises one kind of composite; undefined where the region is another. */
export type Pattern = (region: Region) => Composite | undefined;

/** The nodes of the bound graph that make up a region. */
export const plainNodes = (region: Region): readonly Node[] => region.nodes.flatMap((n) => n.nodes);
