import type { PendingClaim } from "./claim.js";

/** Networks without residual connections are more vulnerable to perturbations, leave the manifold and need more data: to be measured. */
export const perturbation: PendingClaim = {
  id: "perturbation",
  sentence: "Networks without residual connections are more vulnerable to perturbations, leave the manifold and need more data.",
  from: "a reply of the thread",
  experiment: "Sensitivity to isotropic, in-subspace and off-subspace perturbations, at initialisation and trained; accuracy against data size.",
  pending: "the measurement of sensitivity has not been built, and a part needs the training room",
};
