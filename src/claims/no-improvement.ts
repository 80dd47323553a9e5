import type { PendingClaim } from "./claim.js";

/** I do not find any improvement from skip connections: to be measured. */
export const noImprovement: PendingClaim = {
  id: "no-improvement",
  sentence: "I do not find any improvement from skip connections.",
  from: "a comment of the thread",
  experiment: "Final loss with and without skips over depth, norm and learning rate.",
  pending: "it needs the training room",
};
