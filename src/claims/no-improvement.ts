import type { PendingClaim } from "./claim.js";

/** I do not find any improvement from skip connections: to be measured. */
export const noImprovement: PendingClaim = {
  id: "no-improvement",
  sentence: "I do not find any improvement from skip connections.",
  from: "a comment of the thread",
  experiment: "Final loss with and without skips over depth, norm and learning rate.",
  pending: "it takes training on real data, of which nothing can be read off initial values",
};
