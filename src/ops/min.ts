import { extremumOp } from "./shared/extremum.js";
import type { Op } from "./op.js";

/** min = the smallest of all inputs, broadcasting; NaN where any is NaN. Ties share the derivative equally, as torch.minimum has it. */
export const Min: Op<"data_0", "min"> = extremumOp("Min", "min", { extremum: Math.min, wins: "Less" }, [
  [0.4, 0.2, -0.4, 0.1],
  [0.4, 0.3, 0.1, 0.1],
  [0.6, 0.3, -0.4, 0.3],
]);
