import type { PendingClaim } from "./claim.js";

/** The gradient is divided by x + the number of skipped connections: to be measured. */
export const gradientDivided: PendingClaim = {
  id: "gradient-divided",
  sentence: "The gradient is divided by x + the number of skipped connections.",
  from: "a reply of the thread",
  experiment: "The exact gradient at the two summands of every sum, held bit for bit against the gradient of the sum.",
  pending: "the measurement of gradients at a sum has not been built",
};
