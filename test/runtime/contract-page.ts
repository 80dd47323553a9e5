import { webRuntime } from "../../src/runtime/web.js";
import { CASES } from "./contract.js";
import { runNets } from "./nets.js";

// Runs in the browser: contract-browser.test.ts asks for one case after the other.

const given = new URLSearchParams((globalThis as unknown as { location: { search: string } }).location.search);
const runtime = webRuntime({ threads: Number(given.get("threads") ?? 1), wasmPaths: new URL("/engine/", import.meta.url).href });

/** Runs cases by their names; returns what failed. */
async function runCases(names: readonly string[]): Promise<readonly (readonly [string, string])[]> {
  const failed: (readonly [string, string])[] = [];
  for (const name of names) {
    try {
      await CASES.find((c) => c.name === name)!.run(runtime);
    } catch (error) {
      failed.push([name, error instanceof Error ? error.message : String(error)]);
    }
  }
  return failed;
}
Object.assign(globalThis, { runCases, runNets: (from: number, to: number) => runNets(runtime, from, to), ready: true });
