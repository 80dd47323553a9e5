import type { GraphBuilder } from "../graph/builder.js";

/** The place of a step in a run: values of one float64 element by their names in the graph, and the length of the run. */
export interface Place {
  readonly b: GraphBuilder;
  /** The number of steps before this one. */
  readonly step: string;
  /** The number of steps of the whole run. */
  readonly steps: number;
}

/** Describes how the learning rate changes in the course of a run. Each schedule has a file of its own in `schedules/`. */
export interface Schedule {
  readonly name: string;
  /** One sentence with the factor on the rate at step s (from 0) of S, and its source. */
  readonly summary: string;
  /** Appends the factor on the rate: a float64 of one element. */
  readonly factor: (place: Place) => string;
}
