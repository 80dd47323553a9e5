import type { AttrReader } from "./attrs.js";

/** What normalises: the axes that the statistics run over. */
export type NormKind = "batch" | "layer" | "group" | "instance" | "rms";

/** A sum of products of two inputs, linear in each. */
export interface ProductTrait {
  /** Position of the input where weights usually stand; `0` is the other factor. */
  readonly weights: 1;
  /**
   * How many products one output element sums, from the shape of the factor at position `factor`; undefined where that shape does not tell. At a border
   * with padding it is fewer.
   */
  fanIn?(shape: readonly number[], factor: number, attrs: AttrReader): number | undefined;
}

/**
 * What an op is, as facts that other rooms ask for: they never compare names. A trait says nothing about who asks. An op without an entry here is of none of
 * these kinds. test/ops/traits.test.ts checks every trait against what the op computes.
 */
export interface Traits {
  /** Each element of the output is the same function of the elements at its own position; inputs broadcast. */
  readonly elementwise?: true;
  /** The arithmetic that it does on all its inputs, element by element. */
  readonly arithmetic?: "sum" | "mean" | "difference" | "product" | "quotient" | "negative";
  /** Position of the input that its first input is raised to the power of. */
  readonly exponent?: 1;
  /** True where the first input is below, above or equal to the second; what `below` and `above` say of equal ones differs. */
  readonly compares?: "below" | "above" | "equal";
  /** True where its input is false. */
  readonly negates?: true;
  /** Takes each element from its second or third input, by the condition in its first. */
  readonly chooses?: true;
  /** Gives the next whole number below. */
  readonly floors?: true;
  /** Changes the element type: each element becomes the nearest number that the type holds, or is cut off. */
  readonly casts?: true;
  /** Leaves elements between two bounds as they are, and moves others to the nearest bound. */
  readonly clamps?: true;
  /** Leaves what is above 0, and maps what is below to 0 (`flat`) or multiplies it by another factor, as a rule a small one (`leaky`). */
  readonly rectifies?: "flat" | "leaky";
  /**
   * An activation function that rises from `low` to `high`: its units can saturate. `reached` tells that it gets there, not only near. Erf is none: exporters
   * write GELU with it.
   */
  readonly squashes?: { readonly low: number; readonly high: number; readonly reached?: true };
  /** Its outputs lie between 0 and 1, and depend on its input by a gradient: what multiplies by them lets a share through. */
  readonly gate?: true;
  /** Makes probabilities, or their logarithms, of logits: of each by itself, or of those along the attribute `axis`. */
  readonly probabilities?: "each" | "axis";

  /**
   * Its output holds elements of its first input, whatever their values; the other inputs are integers, bools or a constant to fill with.
   * `rearranges`: each exactly once. `repeats`: each equally often. `selects`: some of them, by indices, each as often as its index occurs.
   * `pads`: all of them, and around them a constant, or some of them again where an attribute `mode` is not "constant"; negative padding crops.
   * `fills`: some of them, each at most once, and zeros at other positions.
   */
  readonly moves?: "rearranges" | "repeats" | "selects" | "pads" | "fills";
  /** Selects by the indices in its second input: along the attribute `axis`, or tuples of an index for each leading axis. */
  readonly lookup?: "axis" | "tuples";
  /** Lays its inputs one behind another along the attribute `axis`. */
  readonly concatenates?: true;
  /** Cuts its first input into its outputs, one for each number in its second. */
  readonly splits?: true;

  readonly product?: ProductTrait;
  /** Its product applies the same weights at every position of a map: each output reads the positions under the kernel, or (`transposed`) each input writes there. */
  readonly convolves?: "forward" | "transposed";
  /** Shifts and scales its first input by its own statistics. */
  readonly norm?: NormKind;
  /** Makes one number of the elements in a window, or along axes; `extremum` is the largest or the least. */
  readonly pools?: "mean" | "sum" | "extremum" | "norm" | "other";
  /** Makes a map of another size by interpolation. */
  readonly resamples?: true;

  /** Draws random numbers when a network is bound: uniform, normal, outcomes with given probabilities, or a mask of mean 1 that its input is multiplied by. */
  readonly random?: "uniform" | "normal" | "outcomes" | "mask";
  /** Does more work than its inputs and outputs have elements. */
  readonly costly?: true;
  /** Runs one of its subgraphs only, as a condition says. */
  readonly branches?: true;

  /** Its slope is infinite at the edge of its domain. */
  readonly steep?: true;
  /** Leaves the range of floats for inputs of a few hundred. */
  readonly overflows?: true;
  /** Defined for positive numbers only; 0 is infinite or has an infinite slope. */
  readonly positive?: true;
  /** Defined between −1 and 1 only. */
  readonly within?: "one";
  /** Infinite, or not a number, where an input is 0. */
  readonly divides?: true;
}

/** The traits of an op that has none. */
export const NO_TRAITS: Traits = {};
