import { lnSquares, withinExample } from "./probe.js";
import type { Probe } from "./probe.js";

/** ln Σ x² per example of a value, and how many elements an example has. One element when the value has no row per example. */
export interface ActivationSquares {
  readonly lnSquares: readonly number[];
  readonly elements: number;
}

/** Forward flow at a value: divided by the number of elements it is the mean of x² (science: the activation profile). */
export const activationSquares: Probe<string, ActivationSquares> = (c, value) => {
  const read = lnSquares(c, value, c.careful?.forward === true);
  const shape = c.b.shape(value);
  const elements = withinExample(c, value).reduce((n, i) => n * shape[i]!, 1);
  return (get) => ({ lnSquares: read(get), elements });
};
