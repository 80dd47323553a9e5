import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { INSTALL_NATIVE } from "./refusals.js";
import type { RuntimeName } from "./select.js";

/** The runtime that is taken where none is named. */
export interface Choice {
  readonly name: RuntimeName;
  /** One line for the user, where it is not the usual one. */
  readonly notice?: string;
}

/** Chooses native onnxruntime where it is installed for this platform, else WebAssembly. `resolve` finds the main file of a package, or throws. */
export function installedRuntime(resolve: (name: string) => string = createRequire(import.meta.url).resolve): Choice {
  if (hasNative(resolve) || mainFile("onnxruntime-web", resolve) === undefined) return { name: "node" };
  return {
    name: "web",
    notice: `onnxruntime-node is not installed for this platform, so graphs run in WebAssembly, which is slower: ${INSTALL_NATIVE}`,
  };
}

/** Returns the main file of a package; undefined where it is not installed. */
function mainFile(name: string, resolve: (name: string) => string): string | undefined {
  try {
    return resolve(name);
  } catch {
    return undefined;
  }
}

/** Tells whether the package is there with its code for this platform: it comes without that of platforms which it does not know. */
function hasNative(resolve: (name: string) => string): boolean {
  const main = mainFile("onnxruntime-node", resolve);
  return main !== undefined && existsSync(join(dirname(dirname(main)), "bin/napi-v6", process.platform, process.arch, "onnxruntime_binding.node"));
}
