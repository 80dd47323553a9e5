import { optimiser } from "../optimiser.js";
import { momentumSchema, velocityOf } from "../shared/velocity.js";

/** Gradient descent with momentum. */
export const momentum = optimiser({
  name: "momentum",
  summary: "v ← μv + g, w ← w − η·v (Polyak 1964, in the form of Sutskever, Martens, Dahl & Hinton 2013 that PyTorch has).",
  rate: 0.05,
  options: momentumSchema,
  decay: "gradient",
  slots: ["velocity"],
  update: (u, options) => {
    const velocity = velocityOf(u, options);
    return { weight: u.b.sub(u.weight, u.b.mul(velocity, u.rate)), slots: { velocity } };
  },
});
