import type { GraphBuilder } from "../graph/builder.js";

/** A parameter's gradient on its way to the optimiser, by names in the graph. */
export interface Clipped {
  readonly name: string;
  readonly weight: string;
  readonly gradient: string;
  /** The axes over which one unit's weights run: those of its inputs. Empty where the whole tensor is one unit: vectors. */
  readonly unitAxes: readonly number[];
  /** Whether the parameter belongs to the layer that makes the output. */
  readonly last: boolean;
}

/** What clipping gives: gradients in the order of the parameters, and a float of one element, the share of what could be clipped that was. */
export interface Clipping {
  readonly gradients: readonly string[];
  readonly share: string;
}

/** Describes a rule that bounds gradients before a step. Each has a file of its own in `clipping/`. */
export interface ClippingRule {
  readonly name: string;
  /** One sentence with its source; C is the bound, g a gradient. */
  readonly summary: string;
  /** Appends the rule for all parameters of the network together. `bound` is positive. */
  readonly apply: (b: GraphBuilder, parameters: readonly Clipped[], bound: number) => Clipping;
}
