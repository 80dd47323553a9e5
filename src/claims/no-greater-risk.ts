import type { PendingClaim } from "./claim.js";

/** There is no greater risk of exploding gradients with skip connections: to be measured. */
export const noGreaterRisk: PendingClaim = {
  id: "no-greater-risk",
  sentence: "There is no greater risk of exploding gradients with skip connections.",
  from: "a comment of the thread",
  experiment: "Share of runs whose gradient spreads beyond 10^4 on the norm or that diverge, over learning rates, with and without skips.",
  pending: "it needs the training room",
};
