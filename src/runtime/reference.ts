import type { Tensor } from "../graph/tensor.js";
import type { Backend } from "./backend.js";
import { inSlices } from "./evaluate.js";
import { executor } from "./execute.js";
import { plannedRuntime } from "./planned.js";
import type { Runtime } from "./runtime.js";

const copied = (t: Tensor): Tensor => ({ ...t, data: t.data.slice() });

/** Computes pieces by the `evaluate` function of each op; values stay as they are, without rounding to their dtypes. */
const backend: Backend<Tensor> = {
  open: (piece) => {
    if (piece instanceof Uint8Array) throw new Error("the reference takes graphs");
    const evaluate = inSlices(piece);
    return Promise.resolve({
      run: async (feeds) => Object.fromEntries(await evaluate(new Map(Object.entries(feeds)))),
      close: () => Promise.resolve(),
    });
  },
  // The op files may return what they are given: copies keep the caller's memory apart.
  put: copied,
  take: copied,
  size: (t) => t.data.length,
};

/** Returns the runtime that other runtimes are tested against: it runs graphs in the caller's thread, in float64 arithmetic whatever the dtypes. */
export function referenceRuntime(): Runtime {
  return plannedRuntime({
    name: "reference",
    kernels: undefined,
    executor: () => executor(() => Promise.resolve(backend)),
  });
}
