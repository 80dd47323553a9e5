import { argumentOp } from "./shared/argument.js";
import type { Op } from "./op.js";

/** reduced = the index of the smallest element along `axis`; of several the first, or the last with select_last_index. */
export const ArgMin: Op<"data", "reduced"> = argumentOp("ArgMin", (a, b) => a < b);
