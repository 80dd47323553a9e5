import { extremumReduction } from "./shared/reduce-family.js";
import type { Op } from "./op.js";

/** reduced = the smallest element of data over `axes`. Equal ones share the derivative evenly, as torch.amin has it. */
export const ReduceMin: Op<"data" | "axes", "reduced"> = extremumReduction("ReduceMin", -1, {
  infinite: [Infinity, 1, 0.5, 2],
  ties: [1, 3, 1, 2, 0, 0],
});
