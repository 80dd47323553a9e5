import { extremumReduction } from "./shared/reduce-family.js";
import type { Op } from "./op.js";

/** reduced = the largest element of data over `axes`. Equal ones share the derivative evenly, as torch.amax has it. */
export const ReduceMax: Op<"data" | "axes", "reduced"> = extremumReduction("ReduceMax", 1, {
  infinite: [-Infinity, 1, 0.5, 2],
  ties: [3, 1, 3, 0, 2, 2],
});
