import { optimiser } from "../optimiser.js";
import { byMoments, momentsSchema } from "../shared/moments.js";

/** Adam; weight decay is added to the gradient. */
export const adam = optimiser({
  name: "adam",
  summary: "w ← w − η·m̂/(√v̂ + ε), with exponential means m of g and v of g² that are freed of their start at zero (Kingma & Ba 2015).",
  rate: 0.001,
  options: momentsSchema,
  decay: "gradient",
  slots: ["mean", "square"],
  update: byMoments,
});
