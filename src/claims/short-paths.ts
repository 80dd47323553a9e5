import type { PendingClaim } from "./claim.js";

/** Few short paths carry the gradient: to be measured. */
export const shortPaths: PendingClaim = {
  id: "short-paths",
  sentence: "Few short paths carry the gradient.",
  from: "Veit, Wilber & Belongie 2016, cited in the thread's discussion",
  experiment: "Shares of the squared gradient by the number of branches crossed, at initialisation and trained; deletion of single blocks.",
  pending: "the measurement of path shares has not been built",
};
