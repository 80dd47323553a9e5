import { FUNCTION_TRUTHS } from "./truths-function.js";
import { JOIN_TRUTHS } from "./truths-joins.js";
import { LAYER_TRUTHS } from "./truths-layers.js";
import { PATH_TRUTHS } from "./truths-paths.js";
import { PLACEMENT_TRUTHS } from "./truths-placement.js";
import { STEP_TRUTHS } from "./truths-step.js";
import { TRUTHS } from "./truths.js";

/** Truths of every claim that has some. */
export const ALL_TRUTHS: typeof TRUTHS = {
  ...TRUTHS,
  ...JOIN_TRUTHS,
  ...LAYER_TRUTHS,
  ...PATH_TRUTHS,
  ...PLACEMENT_TRUTHS,
  ...FUNCTION_TRUTHS,
  ...STEP_TRUTHS,
};
