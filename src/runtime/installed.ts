import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { RuntimeName } from "./select.js";

/** The runtime that is taken where none is named. */
export interface Choice {
  readonly name: RuntimeName;
  /** One line for the user, where it is not the usual one. */
  readonly notice?: string;
}

/** Chooses native onnxruntime where it is installed for this platform, else WebAssembly. `resolve` finds the main file of a package, or throws. */
export function installedRuntime(resolve: (name: string) => string = createRequire(import.meta.url).resolve): Choice {
  if (hasNative(resolve) || !has("onnxruntime-web", resolve)) return { name: "node" };
  return {
    name: "web",
    notice:
      "onnxruntime-node is not installed for this platform, so graphs run in WebAssembly, which is slower: npm install onnxruntime-node --onnxruntime-node-install=skip",
  };
}

function has(name: string, resolve: (name: string) => string): boolean {
  try {
    return resolve(name) !== "";
  } catch {
    return false;
  }
}

function hasNative(resolve: (name: string) => string): boolean {
  try {
    // The package comes without the code of platforms that it does not know.
    const home = dirname(dirname(resolve("onnxruntime-node")));
    return existsSync(join(home, "bin/napi-v6", process.platform, process.arch, "onnxruntime_binding.node"));
  } catch {
    return false;
  }
}
