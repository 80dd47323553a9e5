import type { PendingClaim } from "./claim.js";

/** As we copy information deeper, this seems going to explode: to be measured. */
export const copiedForward: PendingClaim = {
  id: "copied-forward",
  sentence: "As we copy information deeper, this seems going to explode.",
  from: "a later comment, never answered",
  experiment: "Mean square of the activations and likeness of the examples over depth, with bare, scaled and normalised branches.",
  pending: "the forward arms have not been built",
};
