import type { PendingClaim } from "./claim.js";

/** A smaller loss means smaller gradients, so there is no explosion: to be measured. */
export const lossNotGradient: PendingClaim = {
  id: "loss-not-gradient",
  sentence: "A smaller loss means smaller gradients, so there is no explosion.",
  from: "a reply of the thread",
  experiment: "The gradient at the input split into that at the logits and the Jacobian, for cross-entropy and mean squares.",
  pending: "the measurement that splits the gradient has not been built",
};
