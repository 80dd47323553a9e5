import { optimiser } from "../optimiser.js";
import { byMoments, momentsSchema } from "../shared/moments.js";

/** Adam with decoupled weight decay. */
export const adamw = optimiser({
  name: "adamw",
  summary: "Adam whose weight decay multiplies the weights by 1 − ηλ, and is no part of the gradient (Loshchilov & Hutter 2019).",
  rate: 0.001,
  options: momentsSchema,
  decay: "weight",
  slots: ["mean", "square"],
  update: byMoments,
});
