import { optimiser } from "../optimiser.js";
import { momentumSchema, velocityOf } from "../shared/velocity.js";

/** Gradient descent with Nesterov's momentum. */
export const nesterov = optimiser({
  name: "nesterov",
  summary: "v ← μv + g, w ← w − η·(g + μv) (Nesterov 1983, in the form of Sutskever, Martens, Dahl & Hinton 2013 that PyTorch has).",
  rate: 0.05,
  options: momentumSchema,
  decay: "gradient",
  slots: ["velocity"],
  update: (u, options) => {
    const { b, weight, gradient, rate } = u;
    const velocity = velocityOf(u, options);
    const ahead = b.add(gradient, b.scale(velocity, options.momentum));
    return { weight: b.sub(weight, b.mul(ahead, rate)), slots: { velocity } };
  },
});
