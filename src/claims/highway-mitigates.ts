import type { PendingClaim } from "./claim.js";

/** Highway networks mitigate vanishing and exploding gradients: to be measured. */
export const highwayMitigates: PendingClaim = {
  id: "highway-mitigates",
  sentence: "Highway networks mitigate vanishing and exploding gradients.",
  from: "the question's premise, from the literature it cites",
  experiment: "Highway networks over branch gains and gate biases beside plain ones; later, training on real digits.",
  pending: "the sweep over gates has not been built",
};
