import { argumentOp } from "./shared/argument.js";
import type { Op } from "./op.js";

/** reduced = the index of the largest element along `axis`; of several the first, or the last with select_last_index. */
export const ArgMax: Op<"data", "reduced"> = argumentOp("ArgMax", (a, b) => a > b);
