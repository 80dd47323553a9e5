import type { PendingClaim } from "./claim.js";

/** The gradient is divided by x + the number of skipped connections, for concatenation: to be measured. */
export const gradientDividedConcat: PendingClaim = {
  id: "gradient-divided-concat",
  sentence: "The gradient is divided by x + the number of skipped connections, for concatenation.",
  from: "a reply of the thread, read for DenseNet",
  experiment: "{add, concatenate} × {fan-in initialisation, weights of one deviation}.",
  pending: "the measurement of gradients at a concatenation has not been built",
};
