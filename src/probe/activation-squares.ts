import { lnNorms, lnSquares, together, withinExample } from "./probe.js";
import type { CutProbe, Probe } from "./probe.js";

/** ln Σ x² of each example at a value [examples], and the number of elements of an example. One number in all where the value has no row per example. */
export interface ActivationSquares {
  readonly lnSquares: readonly number[];
  readonly elements: number;
}

/** Measures the activations at a value by Σ x² of each example; divided by `elements` it is the mean of x², as in the activation profile. */
export const activationSquares: Probe<string, ActivationSquares> = (c, value) => {
  const read = lnSquares(c, value, c.careful?.forward === true);
  const shape = c.b.shape(value);
  const elements = withinExample(c, value).reduce((n, i) => n * shape[i]!, 1);
  return (get) => ({ lnSquares: read(get), elements });
};

/** Measures the activations of a cut: all its float values together. */
export const cutActivation: CutProbe<ActivationSquares> = {
  role: "probe",
  attach: (c, { floats }) => {
    const readers = floats.map((v) => activationSquares(c, v));
    return (get) => {
      const parts = readers.map((r) => r(get));
      return { lnSquares: together(parts.map((p) => p.lnSquares)), elements: parts.reduce((n, p) => n + p.elements, 0) };
    };
  },
  quantities: ({ lnSquares, elements }) => ({ "ln-norm": lnNorms(lnSquares), elements }),
};
