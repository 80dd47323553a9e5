import type { PendingClaim } from "./claim.js";

/** ResNet can mitigate exploding gradients: to be measured. */
export const resnetMitigates: PendingClaim = {
  id: "resnet-mitigates",
  sentence: "ResNet can mitigate exploding gradients.",
  from: "the question's premise, from the literature it cites",
  experiment: "Skip against none on plain networks that do explode: ReLU and tanh at σ_w² = 4, and BatchNorm.",
  pending: "the comparison on networks that explode has not been built",
};
