import { nodeRuntime, wasmRuntime } from "../../src/runtime/node.js";
import { referenceRuntime } from "../../src/runtime/reference.js";
import { workerUrls } from "../../src/runtime/worker-urls.js";
import { runNets } from "./nets.js";

// A process of its own for memory.test.ts: prints the resident bytes after each fifty networks.

const [name, sessions] = process.argv.slice(2) as [string, string];
workerUrls.sessions = new URL(sessions);
const runtime = name === "native" ? nodeRuntime({ threads: 1 }) : name === "wasm" ? wasmRuntime({ threads: 1 }) : referenceRuntime();
const bytes: number[] = [];
for (let n = 0; n < 200; n += 50) {
  await runNets(runtime, n, n + 50);
  (globalThis as { gc?: () => void }).gc!();
  bytes.push(process.memoryUsage().rss);
}
await runtime.close();
process.stdout.write(JSON.stringify(bytes));
