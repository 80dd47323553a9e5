import * as z from "zod";
import { kept } from "../coefficients.js";
import { optimiser } from "../optimiser.js";

/** Gradient descent with Nesterov's momentum. */
export const nesterov = optimiser({
  name: "nesterov",
  summary: "v ← μv + g, w ← w − η·(g + μv) (Nesterov 1983, in the form of Sutskever, Martens, Dahl & Hinton 2013 that PyTorch has).",
  rate: 0.05,
  options: z.strictObject({ momentum: kept(0.9, "μ, the share of the velocity that is kept") }),
  decay: "gradient",
  slots: ["velocity"],
  update: ({ b, weight, gradient, slots, rate }, { momentum: mu }) => {
    const velocity = b.add(b.scale(slots["velocity"]!, mu), gradient);
    const ahead = b.add(gradient, b.scale(velocity, mu));
    return { weight: b.sub(weight, b.mul(ahead, rate)), slots: { velocity } };
  },
});
