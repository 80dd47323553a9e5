import { defineConfig } from "vitest/config";

/** Ends a test that hangs, and no other: on a busy machine one may take twenty times as long as on an idle one. */
const HANGS = 900_000;

/** Tests that take more than a few seconds each on an idle core: `npm run test:fast` leaves them out. */
const SLOW = [
  "test/cli/**",
  "test/claims/{calibration,claims}.test.ts",
  "test/doctor/{profile,norm}-rules.test.ts",
  "test/fuzz/**",
  "test/ops/mutation.test.ts",
  "test/package/**",
  "test/report/*browser.test.ts",
  "test/theory/{laws,other-laws}.test.ts",
  "test/verdict/judge.test.ts",
];
const ALL = "test/**/*.test.ts";

export default defineConfig({
  test: {
    testTimeout: HANGS,
    hookTimeout: HANGS,
    pool: "forks",
    maxWorkers: 2,
    projects: [
      { extends: true, test: { name: "fast", include: [ALL], exclude: SLOW } },
      { extends: true, test: { name: "slow", include: SLOW.map((s) => (s.endsWith("**") ? `${s}/*.test.ts` : s)) } },
    ],
  },
});
