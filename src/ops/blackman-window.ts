import { cosineWindow } from "./shared/windows.js";
import type { Op } from "./op.js";

/** output[n] = 0.42 − ½·cos 2πn/N + 0.08·cos 4πn/N. */
export const BlackmanWindow: Op<"size", "output"> = { name: "BlackmanWindow", since: [17], ...cosineWindow([0.42, 0.5, 0.08]) };
