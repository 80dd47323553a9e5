import { IsogradError } from "../util/errors.js";
import { referenceRuntime } from "./reference.js";
import type { Runtime } from "./runtime.js";

/** Runtimes by their command-line names. */
export const RUNTIMES = ["node", "reference"] as const;
export type RuntimeName = (typeof RUNTIMES)[number];

/** The runtime of this name; host-specific ones are loaded only when asked for. */
export async function openRuntime(name: RuntimeName, options: { readonly threads?: number; readonly lowMemory?: boolean } = {}): Promise<Runtime> {
  switch (name) {
    case "reference":
      return referenceRuntime();
    case "node": {
      const { nodeRuntime } = await import("./onnxruntime-node.js");
      return nodeRuntime(options);
    }
    default:
      throw new IsogradError("usage/option", `there is no runtime "${String(name)}"`, { expected: RUNTIMES.join(" or ") });
  }
}
