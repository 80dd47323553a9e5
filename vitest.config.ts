import { defineConfig } from "vitest/config";

/** Ends a test that hangs, and no other: on a busy machine one may take twenty times as long as on an idle one. */
const HANGS = 900_000;

export default defineConfig({
  test: { include: ["test/**/*.test.ts"], testTimeout: HANGS, hookTimeout: HANGS, pool: "forks", maxWorkers: 2 },
});
