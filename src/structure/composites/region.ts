import type { Node } from "../../graph/graph.js";
import type { Tensor } from "../../graph/tensor.js";
import type { NodeKind, ViewNode } from "../node-kind.js";
import type { NormKind } from "../types.js";

/** Nodes with one activation as their entry and one as their exit. */
export interface Region {
  readonly entry: string;
  readonly exit: string;
  /** In order; the last one makes the exit. */
  readonly nodes: readonly ViewNode[];
  shape(value: string): readonly number[];
  constant(value: string): Tensor | undefined;
}

/** What a region is recognised as. */
export interface Composite {
  readonly op: string;
  readonly kind: NodeKind;
  readonly norm?: NormKind;
  /** Whether it is the product of a gate and a value. */
  readonly gated?: true;
}

/** A pattern: what a region is, if it is one of its kind. */
export type Pattern = (region: Region) => Composite | undefined;

/** The bound graph's nodes of a region. */
export const plainNodes = (region: Region): readonly Node[] => region.nodes.flatMap((n) => n.nodes);
