import type { Pattern } from "./region.js";
import { plainNodes } from "./region.js";

/** Recognises softmax, exp(x − max x)/Σ exp(x − max x), and its logarithm. */
export const softmax: Pattern = (region) => {
  const ops = new Set(plainNodes(region).map((n) => n.op));
  if (!ops.has("Exp") || !(ops.has("ReduceSum") || ops.has("ReduceMean"))) return undefined;
  if (ops.has("Div")) return { op: "Softmax", kind: "activation" };
  return ops.has("Log") && ops.has("Sub") ? { op: "LogSoftmax", kind: "activation" } : undefined;
};
