import * as z from "zod";
import { optimiser } from "../optimiser.js";

/** Stochastic gradient descent. */
export const sgd = optimiser({
  name: "sgd",
  summary: "w ← w − η·g (Robbins & Monro 1951).",
  rate: 0.1,
  options: z.strictObject({}),
  decay: "gradient",
  slots: [],
  update: ({ b, weight, gradient, rate }) => ({ weight: b.sub(weight, b.mul(gradient, rate)), slots: {} }),
});
