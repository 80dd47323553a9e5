import { permutation } from "../util/random.js";

/** The order in which examples are taken: for every step of a run the same, wherever the run is taken up again. */
export interface Order {
  /** Examples of a batch, and batches of an epoch. */
  readonly batch: number;
  readonly batches: number;
  /** Returns the examples of `count` steps from `step` on, one batch behind another. */
  indices(step: number, count: number): Int32Array;
}

/**
 * Returns batches of `batch` of `examples`: every epoch in an order of its own, drawn by the seed; the examples that do not fill a batch are left out of that epoch.
 * With `whole` every step takes all examples, in their order.
 */
export function orderOf(examples: number, batch: number, seed: number, whole: boolean): Order {
  if (whole) {
    const all = Int32Array.from({ length: examples }, (_, i) => i);
    return {
      batch: examples,
      batches: 1,
      indices: (_, count) => {
        const out = new Int32Array(count * examples);
        for (let k = 0; k < count; k++) out.set(all, k * examples);
        return out;
      },
    };
  }
  const batches = Math.floor(examples / batch);
  let known: { readonly epoch: number; readonly order: Int32Array } | undefined;
  const epochAt = (epoch: number): Int32Array =>
    (known?.epoch === epoch ? known : (known = { epoch, order: permutation(examples, seed, `order/${epoch}`) })).order;
  return {
    batch,
    batches,
    indices(step, count) {
      const out = new Int32Array(count * batch);
      for (let k = 0; k < count; k++) {
        const from = ((step + k) % batches) * batch;
        out.set(epochAt(Math.floor((step + k) / batches)).subarray(from, from + batch), k * batch);
      }
      return out;
    },
  };
}
