import type { Graph } from "../graph/graph.js";

/** A graph of several runs, or of one as it is. */
export interface Several {
  readonly graph: Graph;
  /** The name in it of a value of the graph of one run. */
  nameOf(value: string): string;
}

/** The graph of one run as it is. */
export const single = (graph: Graph): Several => ({ graph, nameOf: (value) => value });
