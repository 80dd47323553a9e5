import { extremumOp } from "./shared/extremum.js";
import type { Op } from "./op.js";

/** max = the largest of all inputs, broadcasting; NaN where any is NaN. Ties share the derivative equally, as torch.maximum has it. */
export const Max: Op<"data_0", "max"> = extremumOp("Max", "max", { extremum: Math.max, wins: "Greater" }, [
  [0.4, 0.2, 0.4, 0.1],
  [0.4, 0.3, 0.1, 0.1],
  [0.3, 0.3, 0.4, -0.2],
]);
