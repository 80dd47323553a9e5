import { cosineWindow } from "./shared/windows.js";
import type { Op } from "./op.js";

/** output[n] = ½ − ½·cos 2πn/N. */
export const HannWindow: Op<"size", "output"> = { name: "HannWindow", since: [17], ...cosineWindow([0.5, 0.5]) };
