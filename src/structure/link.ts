import type { ViewNode } from "./node-kind.js";

/** What lies between two neighbouring cuts. */
export interface Link {
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly nodes: readonly ViewNode[];
  readonly nesting: number;
}

/** Reads the value of a constant or a stored weight, through what only moves it. */
export type ValueReader = (value: string) => ArrayLike<number> | undefined;
