import { afterAll, describe, it } from "vitest";
import { nodeRuntime, wasmRuntime } from "../../src/runtime/node.js";
import { referenceRuntime } from "../../src/runtime/reference.js";
import type { Runtime } from "../../src/runtime/runtime.js";
import { CASES, SKIPS } from "./contract.js";

// The contract on the hosts that Node has; contract-browser.test.ts has those of a browser.

const HOSTS: readonly (readonly [string, Runtime, keyof typeof SKIPS])[] = [
  ["native, in a thread", nodeRuntime({ threads: 1 }), "native"],
  ["native, in the caller's thread", nodeRuntime({ threads: 1, inThread: true }), "native"],
  ["native, in pieces", nodeRuntime({ threads: 1, wholeLimit: 4, pieceTarget: 4 }), "native"],
  ["native, with little memory", nodeRuntime({ threads: 1, lowMemory: true }), "native"],
  ["WebAssembly, in a thread", wasmRuntime({ threads: 1 }), "wasm"],
  ["reference", referenceRuntime(), "reference"],
];
afterAll(async () => {
  for (const [, runtime] of HOSTS) await runtime.close();
});

describe.each(HOSTS)("%s", (_, runtime, host) => {
  for (const { name, run } of CASES) it.skipIf(name in SKIPS[host]!)(name, () => run(runtime));
});
