import { cosineWindow } from "./shared/windows.js";
import type { Op } from "./op.js";

/** output[n] = 25/46 − 21/46·cos 2πn/N. */
export const HammingWindow: Op<"size", "output"> = { name: "HammingWindow", since: [17], ...cosineWindow([25 / 46, 21 / 46]) };
