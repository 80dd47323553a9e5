import type { PendingClaim } from "./claim.js";

/** The gradients of plain networks turn to white noise with depth: to be measured. */
export const shattering: PendingClaim = {
  id: "shattering",
  sentence: "The gradients of plain networks turn to white noise with depth.",
  from: "Balduzzi et al. 2017",
  experiment: "Correlation of input gradients between examples over depth, with independent masks and with real inputs.",
  pending: "the measurement of shattering has not been built",
};
