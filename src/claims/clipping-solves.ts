import type { PendingClaim } from "./claim.js";

/** Exploding gradients are usually solved by clipping: to be measured. */
export const clippingSolves: PendingClaim = {
  id: "clipping-solves",
  sentence: "Exploding gradients are usually solved by clipping.",
  from: "a comment of the thread",
  experiment: "No clipping, by value, global, per layer and adaptive, on plain, normalised, residual and recurrent networks at equal progress.",
  pending: "it needs the training room",
};
