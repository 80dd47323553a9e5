import * as z from "zod";
import { kept } from "../coefficients.js";
import { optimiser } from "../optimiser.js";
import { blended } from "../shared/moments.js";

/** Steps of one size, in the direction that a momentum's signs give. */
export const lion = optimiser({
  name: "lion",
  summary: "w ← w − η·sign(β₁m + (1 − β₁)g), m ← β₂m + (1 − β₂)g (Chen et al. 2023, algorithm 2).",
  rate: 0.0001,
  options: z.strictObject({
    beta1: kept(0.9, "β₁, the share of the momentum in the direction of a step"),
    beta2: kept(0.99, "β₂, the share of the momentum that is kept"),
  }),
  decay: "weight",
  slots: ["mean"],
  update: ({ b, weight, gradient, slots, rate }, { beta1, beta2 }) => {
    const direction = b.op("Sign", [blended(b, slots["mean"]!, gradient, beta1)]);
    return { weight: b.sub(weight, b.mul(direction, rate)), slots: { mean: blended(b, slots["mean"]!, gradient, beta2) } };
  },
});
