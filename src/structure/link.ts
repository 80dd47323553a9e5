import type { ViewNode } from "./node-kind.js";

/** A stretch of the trunk between two neighbouring cuts: the nodes on the paths from the values `from` to the values `to`. */
export interface Link {
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly nodes: readonly ViewNode[];
  readonly nesting: number;
}

/** Reads the elements of a constant or a stored weight, through nodes that only move them; undefined for other values. */
export type ValueReader = (value: string) => ArrayLike<number> | undefined;
