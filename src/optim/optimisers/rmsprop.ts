import * as z from "zod";
import { epsilon, kept } from "../coefficients.js";
import { optimiser } from "../optimiser.js";
import { blended } from "../shared/moments.js";

/** Divides each element of the gradient by the root of its mean square. */
export const rmsprop = optimiser({
  name: "rmsprop",
  summary: "v ← ρv + (1 − ρ)g², w ← w − η·g/(√v + ε) (Tieleman & Hinton 2012).",
  rate: 0.001,
  options: z.strictObject({ rho: kept(0.99, "ρ, the share of the mean of squares that is kept"), epsilon: epsilon() }),
  decay: "gradient",
  slots: ["square"],
  update: ({ b, weight, gradient, slots, rate }, { rho, epsilon: eps }) => {
    const square = blended(b, slots["square"]!, b.square(gradient), rho);
    return { weight: b.sub(weight, b.mul(b.div(gradient, b.shift(b.sqrt(square), eps)), rate)), slots: { square } };
  },
});
