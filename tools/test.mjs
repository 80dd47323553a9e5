// npm test: builds, checks lint, types, format, dead code and the package, runs every test, and ends with one plain line: "N passed, N failed, N skipped".
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const require = createRequire(import.meta.url);
const node = (script, ...args) => spawnSync(process.execPath, [script, ...args], { stdio: "inherit", cwd: root });
const bin = (pkg, name) => {
  const json = join(root, "node_modules", pkg, "package.json");
  const { bin } = JSON.parse(readFileSync(json, "utf8"));
  return join(json, "..", typeof bin === "string" ? bin : bin[name]);
};

/** What TypeScript makes of the packed package, which has modules only. */
function typesOfPackage() {
  const folder = mkdtempSync(join(tmpdir(), "isograd-pack-"));
  try {
    const options = ["pack", "--json", "--ignore-scripts", "--pack-destination", folder];
    const [{ filename }] = JSON.parse(execFileSync("npm", options, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }));
    return node(bin("@arethetypeswrong/cli", "attw"), join(folder, filename), "--profile", "esm-only", "--format", "ascii", "--no-emoji", "--quiet");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

execFileSync(process.execPath, ["tools/build.mjs"], { stdio: "inherit", cwd: root });
let failed = 0;
const steps = [
  ["eslint", () => node(bin("eslint", "eslint"), "--max-warnings", "0", ".")],
  ["types of tests", () => node(require.resolve("typescript/bin/tsc"), "-p", "tsconfig.test.json")],
  ["what is made from the code", () => node("tools/docs.mjs", "--check")],
  ["prettier", () => node(bin("prettier", "prettier"), "--check", "--log-level", "warn", ".")],
  ["knip", () => node(bin("knip", "knip"), "--no-config-hints")],
  ["publint", () => node(bin("publint", "publint"), "--strict")],
  ["arethetypeswrong", typesOfPackage],
];
let passed = 0;
let skipped = 0;
for (const [name, step] of steps) {
  const ok = step().status === 0;
  console.log(`${ok ? "ok" : "FAILED"}: ${name}`);
  if (ok) passed++;
  else failed++;
}

const folder = mkdtempSync(join(tmpdir(), "isograd-test-"));
const json = join(folder, "report.json");
const result = node(bin("vitest", "vitest"), "run", "--reporter=dot", "--reporter=json", `--outputFile.json=${json}`, ...process.argv.slice(2));
try {
  const report = JSON.parse(readFileSync(json, "utf8"));
  passed += report.numPassedTests;
  failed += report.numFailedTests;
  skipped += report.numPendingTests + report.numTodoTests;
  const broken = report.testResults.filter((r) => r.status === "failed" && r.assertionResults.length === 0).length;
  failed += broken;
  if (result.status !== 0 && failed === 0) failed = 1;
} catch {
  failed += 1;
}
rmSync(folder, { recursive: true, force: true });
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
