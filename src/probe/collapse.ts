import { hasExamples, inUnits } from "./probe.js";
import type { CutProbe, Probe } from "./probe.js";

/** How similar the examples are at a value; null where the value has no row per example, or there is one example only. */
export interface Collapse {
  /** Mean of cos(x_i, x_j) over pairs i ≠ j of examples, −1 … 1. */
  readonly cosine: number | null;
  /** Variance of x over the batch, summed over features, divided by the mean of ‖x‖², 0 … 1; 0 where all examples are equal. */
  readonly centredShare: number | null;
}

/** The largest number of examples that are compared (120 pairs); larger batches are sampled at even spacing. */
const COMPARED = 16;

/**
 * Measures the collapse of the examples onto one direction, from the Gram matrix G = XXᵀ [n, n] of n examples, one node of the graph: the mean pairwise
 * cosine Σ_{i≠j} G_ij/√(G_ii·G_jj) / (n(n − 1)), and the centred share 1 − ΣG/(n·tr G). Examples that are zero have no direction, and are left out of the
 * cosine.
 */
export const collapse: Probe<string, Collapse> = (c, value) => {
  const { b } = c;
  const elements = b.shape(value).reduce((p, d) => p * d, 1) / c.examples;
  if (!hasExamples(c, value) || c.examples < 2 || elements === 0) return () => ({ cosine: null, centredShare: null });
  const step = Math.ceil(c.examples / COMPARED);
  const n = Math.ceil(c.examples / step);
  const compared = (v: string): string => (step === 1 ? v : b.slice(v, [0], [c.examples], [0], [step]));
  // In careful mode each example is divided by its largest magnitude, which is fetched as `sizes`.
  const own = c.careful?.forward === true ? inUnits(c, value) : undefined;
  const rows = b.reshape(compared(own?.unit ?? value), [n, elements]);
  const products = c.fetch(b.matmul(rows, b.transpose(rows, [1, 0])));
  const sizes = own && c.fetch(compared(own.largest));
  return (get) => {
    // A copy of one array type: code that sees several types runs several times slower.
    const gram = new Float64Array(get(products).data);
    const live = Array.from({ length: n }, (_, i) => i).filter((i) => gram[i * n + i] !== 0);
    const largest = sizes && get(sizes).data;
    const top = largest ? live.reduce((m, i) => Math.max(m, largest[i]!), 0) : 1;
    let [cosines, all, trace] = [0, 0, 0];
    for (let a = 0; a < live.length; a++) {
      const i = live[a]!;
      const own = gram[i * n + i]!;
      for (let b = 0; b < live.length; b++) {
        const j = live[b]!;
        const product = gram[i * n + j]!;
        const scaled = largest ? product * (largest[i]! / top) * (largest[j]! / top) : product;
        all += scaled;
        if (i === j) trace += scaled;
        else cosines += product / Math.sqrt(own * gram[j * n + j]!);
      }
    }
    return {
      cosine: live.length < 2 ? null : cosines / (live.length * (live.length - 1)),
      centredShare: trace > 0 ? Math.max(0, 1 - all / (n * trace)) : null,
    };
  };
};

/** Measures the collapse at the last float value of a cut; null where it has none. */
export const cutCollapse: CutProbe<Collapse> = {
  role: "probe",
  attach: (c, { values, floats }) => {
    const read = collapse(c, floats[floats.length - 1] ?? values[0]!);
    return (get) => (floats.length === 0 ? { cosine: null, centredShare: null } : read(get));
  },
  quantities: ({ cosine, centredShare }) => ({ cosine, "centred-share": centredShare }),
};
