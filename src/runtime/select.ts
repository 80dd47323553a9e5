import { IsogradError } from "../util/errors.js";
import { referenceRuntime } from "./reference.js";
import type { Arithmetic, Runtime } from "./runtime.js";

/** Names of the runtimes on the command line. */
export const RUNTIMES = ["node", "web", "reference"] as const;
export type RuntimeName = (typeof RUNTIMES)[number];

/** How each computes. */
export const ARITHMETIC: Readonly<Record<RuntimeName, Arithmetic>> = { node: "native", web: "wasm", reference: "float64" };

/** Opens the runtime of this name. Those that need Node's modules are loaded only when they are chosen. Error `usage/option`. */
export async function openRuntime(
  name: RuntimeName,
  options: { readonly threads?: number; readonly lowMemory?: boolean; readonly inThread?: boolean } = {},
): Promise<Runtime> {
  switch (name) {
    case "reference":
      return referenceRuntime();
    case "node":
      return (await import("./node.js")).nodeRuntime(options);
    case "web":
      return (await import("./node.js")).wasmRuntime(options);
    default:
      throw new IsogradError("usage/option", `there is no runtime "${String(name)}"`, { expected: RUNTIMES.join(" or ") });
  }
}
