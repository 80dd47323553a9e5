// Runs after npm ci in a checkout: builds when TypeScript is installed, otherwise passes (installing without dev dependencies).
import { createRequire } from "node:module";

try {
  createRequire(import.meta.url).resolve("typescript/bin/tsc");
} catch {
  process.exit(0);
}
await import("./build.mjs");
