import { IsogradError } from "../util/errors.js";
import { referenceRuntime } from "./reference.js";
import type { Runtime } from "./runtime.js";

/** Names of the runtimes on the command line. */
export const RUNTIMES = ["node", "reference"] as const;
export type RuntimeName = (typeof RUNTIMES)[number];

/** Opens the runtime of this name. The one that needs Node's modules is loaded only when it is chosen. Error `usage/option`. */
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
