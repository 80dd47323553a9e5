import type { PendingClaim } from "./claim.js";

/** With layers .001, .9 and .002, update the .9 past 1 and it explodes; share the update with the .001 and the product grows less: to be measured. */
export const oneLargeLayer: PendingClaim = {
  id: "one-large-layer",
  sentence: "With layers .001, .9 and .002, update the .9 past 1 and it explodes; share the update with the .001 and the product grows less.",
  from: "a reply of the thread",
  experiment: "Equal additive and equal relative updates of scalars and of singular values of real networks, and the growth of the product.",
  pending: "the measurement of a product under updates has not been built",
};
