import type * as z from "zod";
import type { GraphBuilder } from "../graph/builder.js";

/** The values that one parameter's update is made of, by their names in the graph. */
export interface Update {
  readonly b: GraphBuilder;
  /** The parameter as it is. */
  readonly weight: string;
  /** Its gradient, clipped, in the parameter's shape. */
  readonly gradient: string;
  /** What the optimiser keeps of the parameter, by kind: tensors of the parameter's shape, zero before the first step. */
  readonly slots: Readonly<Record<string, string>>;
  /** The learning rate of this step: one element, or a shape that broadcasts to the parameter's. */
  readonly rate: string;
  /** The number t of this step, from 1 on: a float64 of one element. */
  readonly count: string;
}

/** A parameter and its slots after the step, by their names in the graph. */
export interface Updated {
  readonly weight: string;
  readonly slots: Readonly<Record<string, string>>;
}

/** The numbers that tell one optimiser of a kind from another. */
export type Coefficients = Readonly<Record<string, number>>;

/** Describes one rule by which a gradient changes a parameter. Each has a file of its own in `optimisers/`. */
export interface Optimiser<O extends Coefficients = Coefficients> {
  readonly name: string;
  /** One sentence with the formula and its source; g is the gradient, η the rate. */
  readonly summary: string;
  /** The learning rate where none is given. */
  readonly rate: number;
  readonly options: z.ZodType<O>;
  /** What weight decay λ acts on: `gradient` adds λw to it (L2 regularisation); `weight` multiplies the parameter by 1 − ηλ. */
  readonly decay: "gradient" | "weight";
  /** Kinds of slots. */
  readonly slots: readonly string[];
  /** Appends the update to the graph, in standard ops. */
  readonly update: (u: Update, options: O) => Updated;
}

/** Makes an optimiser; its `update` gets the coefficients with their own names. */
export const optimiser = <O extends Coefficients>(parts: Optimiser<O>): Optimiser => parts as unknown as Optimiser;
