import { defineConfig } from "vitest/config";

/** Ends a test that hangs, and no other: on a busy machine one may take twenty times as long as on an idle one. */
const HANGS = 900_000;

/** Tests that take more than a few seconds each on an idle core: `npm run test:fast` leaves them out. */
const SLOW = [
  "test/autodiff/rescale.test.ts",
  "test/cases/**",
  "test/claims/{calibration,calibration-structure,claims,rules}.test.ts",
  "test/cli/**",
  "test/doctor/{profile,norm}-rules.test.ts",
  "test/fuzz/**",
  "test/math/estimate.test.ts",
  "test/nn/architectures.test.ts",
  "test/onnx/bytes.test.ts",
  "test/ops/registry.test.ts",
  "test/package/**",
  "test/probe/{invariance,measurement}.test.ts",
  "test/report/{*browser,text}.test.ts",
  "test/runtime/{contract,contract-browser,memory}.test.ts",
  "test/structure/{deep,networks}.test.ts",
  "test/study/schemas.test.ts",
  "test/theory/{laws,other-laws,propagate}.test.ts",
  "test/jobs/run-trials.test.ts",
  "test/trial/workbench.test.ts",
  "test/truth/**",
  "test/verdict/judge.test.ts",
];
const ALL = "test/**/*.test.ts";

export default defineConfig({
  test: {
    testTimeout: HANGS,
    hookTimeout: HANGS,
    pool: "forks",
    maxWorkers: 2,
    globalSetup: ["test/support/workers-setup.ts"],
    setupFiles: ["test/support/workers.ts"],
    projects: [
      // Its tests leave no traces in their process, so that files share what they import.
      { extends: true, test: { name: "fast", include: [ALL], exclude: SLOW, isolate: false } },
      { extends: true, test: { name: "slow", include: SLOW.map((s) => (s.endsWith("**") ? `${s}/*.test.ts` : s)) } },
    ],
  },
});
