import type { PendingClaim } from "./claim.js";

/** Most weights are close to zero, so that the cascade leads to smaller and smaller values: to be measured. */
export const nearZeroWeights: PendingClaim = {
  id: "near-zero-weights",
  sentence: "Most weights are close to zero, so that the cascade leads to smaller and smaller values.",
  from: "a reply of the thread",
  experiment: "Weights of one deviation, .001 to .1, over widths 64 to 4096, with and without skips.",
  pending: "the sweep over widths has not been built",
};
