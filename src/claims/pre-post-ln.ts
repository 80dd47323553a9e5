import type { PendingClaim } from "./claim.js";

/** Where a Transformer normalises decides how its gradients behave with depth: to be measured. */
export const prePostLn: PendingClaim = {
  id: "pre-post-ln",
  sentence: "Where a Transformer normalises decides how its gradients behave with depth.",
  from: "Xiong et al. 2020",
  experiment: "The gradient of the last layer's weights and the growth over depth, norm before and after the branch, L = 6 to 96.",
  pending: "the arms of Transformers have not been built",
};
