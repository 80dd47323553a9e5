import type { GraphBuilder } from "../graph/builder.js";
import { tensor } from "../graph/tensor.js";
import { hasExamples, inUnits } from "./probe.js";
import type { Probe, ProbeContext, Reader } from "./probe.js";

/** How alike the examples are at a value; null where the value has no row per example, or there is one example only. */
export interface Collapse {
  /** Mean of cos(x_i, x_j) over pairs i ≠ j of examples. */
  readonly cosine: number | null;
  /** Var over the batch of x divided by mean x²: 1 when examples share nothing, 0 when all are the same. */
  readonly centredShare: number | null;
}

/** Up to so many examples of so many elements all pairs are multiplied: a batch of 32 costs 32 multiplications an element. */
const GRAM_EXAMPLES = 32;
const GRAM_ELEMENTS = 1 << 16;

/**
 * Collapse of the examples onto one direction: Σᵢ xᵢ/‖xᵢ‖ =: s gives the mean pairwise cosine (‖s‖² − N)/(N(N − 1)), the mean m gives the
 * centred share 1 − N‖m‖²/Σ‖xᵢ‖². Both come from one product of a 2×N matrix with the batch, with no copy of the batch. Examples that are
 * zero have no direction: they are left out of the cosine.
 */
export const collapse: Probe<string, Collapse> = (c, value) => {
  const { b, examples: n } = c;
  const nothing: Collapse = { cosine: null, centredShare: null };
  if (!hasExamples(c, value) || n < 2) return () => nothing;
  const elements = b.shape(value).reduce((p, d) => p * d, 1) / n;
  if (n <= GRAM_EXAMPLES && elements > 0 && elements <= GRAM_ELEMENTS) return byGram(c, value, elements);
  // In careful mode each example is taken in its own unit, and sizes tells the units.
  const own = c.careful?.forward === true && !b.shape(value).includes(0) ? inUnits(c, value) : undefined;
  const unit = own?.unit ?? value;
  const rows = b.reshape(unit, [n, elements]);
  const squared = b.reduceSum(b.square(rows), [1], true);
  const [zero, one] = [b.scalar(0, squared), b.scalar(1, squared)];
  const empty = b.equal(squared, zero);
  const inverse = b.where(empty, zero, b.div(one, b.sqrt(b.where(empty, one, squared))));
  const sizes = own ? relative(b, b.where(empty, zero, b.reshape(own.largest, [n, 1]))) : undefined;
  const share = b.constant(tensor(b.dtype(value), [1, n], new Float64Array(n).fill(1 / n)));
  const weights = b.concat([b.reshape(inverse, [1, n]), sizes ? b.mul(share, b.reshape(sizes, [1, n])) : share], 0);
  const both = b.reduceSum(b.square(b.matmul(weights, rows)), [1], false);
  const total = b.reduceSum(sizes ? b.mul(squared, b.square(sizes)) : squared, [0, 1], false);
  const counted = b.reduceSum(b.where(empty, zero, one), [0, 1], false);
  const packed = c.fetch(b.concat([both, b.reshape(total, [1]), b.reshape(counted, [1])], 0));
  return (get) => {
    const [direction, mean, sum, live] = Array.from(get(packed).data) as [number, number, number, number];
    return {
      cosine: live < 2 ? null : (direction - live) / (live * (live - 1)),
      centredShare: sum > 0 ? Math.max(0, 1 - (n * mean) / sum) : null,
    };
  };
};

/** Few examples: all their products at once, XXᵀ, one node of the graph; the rest is arithmetic on n×n numbers. */
function byGram(c: ProbeContext, value: string, elements: number): Reader<Collapse> {
  const { b, examples: n } = c;
  const own = c.careful?.forward === true ? inUnits(c, value) : undefined;
  const rows = b.reshape(own?.unit ?? value, [n, elements]);
  const products = c.fetch(b.matmul(rows, b.transpose(rows, [1, 0])));
  const sizes = own && c.fetch(own.largest);
  return (get) => {
    const gram = get(products).data;
    const live = Array.from({ length: n }, (_, i) => i).filter((i) => gram[i * n + i] !== 0);
    const largest = sizes && get(sizes).data;
    const top = largest ? live.reduce((m, i) => Math.max(m, largest[i]!), 0) : 1;
    let [cosines, all, sum] = [0, 0, 0];
    for (const i of live) {
      for (const j of live) {
        const product = gram[i * n + j]!;
        const scaled = largest ? product * (largest[i]! / top) * (largest[j]! / top) : product;
        all += scaled;
        if (i === j) sum += scaled;
        else cosines += product / Math.sqrt(gram[i * n + i]! * gram[j * n + j]!);
      }
    }
    return {
      cosine: live.length < 2 ? null : cosines / (live.length * (live.length - 1)),
      centredShare: sum > 0 ? Math.max(0, 1 - all / (n * sum)) : null,
    };
  };
}

/** Sizes divided by the largest of them. */
function relative(b: GraphBuilder, sizes: string): string {
  const top = b.reduceMax(sizes, [0, 1], true);
  return b.div(sizes, b.where(b.greater(top, b.scalar(0, top)), top, b.scalar(1, top)));
}
