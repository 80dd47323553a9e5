import type { PendingClaim } from "./claim.js";

/** Skips only make the function smoother, less convoluted; this has nothing to do with explosion: to be measured. */
export const smoother: PendingClaim = {
  id: "smoother",
  sentence: "Skips only make the function smoother, less convoluted; this has nothing to do with explosion.",
  from: "a reply of the thread",
  experiment: "Smoothness of the function along paths between data, then of the loss, at equal loss, against growth over twelve architectures.",
  pending: "the measurement of smoothness has not been built",
};
