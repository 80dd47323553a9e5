import type { PendingClaim } from "./claim.js";

/** An activation after BatchNorm is crucial, else the loss blows up: to be measured. */
export const activationAfterBn: PendingClaim = {
  id: "activation-after-bn",
  sentence: "An activation after BatchNorm is crucial, else the loss blows up.",
  from: "a reply of the thread",
  experiment: "{BN→φ, φ→BN, BN only, none} × {ReLU, tanh}: growth at initialisation, and divergence over six learning rates and more.",
  pending: "the measured divergence needs the training room",
};
