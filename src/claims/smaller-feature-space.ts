import type { PendingClaim } from "./claim.js";

/** Residual connections reduce the feature space that is searched: to be measured. */
export const smallerFeatureSpace: PendingClaim = {
  id: "smaller-feature-space",
  sentence: "Residual connections reduce the feature space that is searched.",
  from: "a reply of the thread",
  experiment: "Random blocks of each class fitted by the other; effective rank, likeness between blocks, distance from initialisation.",
  pending: "it needs the training room",
};
