import type { PendingClaim } from "./claim.js";

/** Skips act like synthetic gradients: instead of waiting layer by layer, a layer gets its gradient at once: to be measured. */
export const syntheticGradient: PendingClaim = {
  id: "synthetic-gradient",
  sentence: "Skips act like synthetic gradients: instead of waiting layer by layer, a layer gets its gradient at once.",
  from: "a reply of the thread",
  experiment: "Cosine of the skip-carried and of a trained synthetic gradient to the true one; dependency paths counted on the gradient graph.",
  pending: "the measurement of the skip-carried gradient has not been built, and a part needs the training room",
};
