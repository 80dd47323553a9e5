// Makes again what is derived from the code, from scratch: node tools/docs.mjs [--check]. With --check nothing is written, and it fails where something is
// out of date. The index of ops comes first, then the build that the other tools read.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const MADE = {
  "ops-index.mjs": ["src/ops/index.ts"],
  "build.mjs": [],
  "ops-table.mjs": ["docs/ops.md"],
  "nets-table.mjs": ["docs/nets.md"],
  "data-table.mjs": ["docs/data.md"],
  "schema.mjs": ["docs/check.schema.json", "docs/claims.schema.json", "docs/phase.schema.json", "docs/predict.schema.json", "docs/train.schema.json"],
  "terms.mjs": ["docs/terms.md"],
};

const root = new URL("..", import.meta.url);
const check = process.argv.includes("--check");
const files = Object.values(MADE).flat();
const read = (file) => readFileSync(new URL(file, root), "utf8");
const before = new Map(files.map((file) => [file, read(file)]));
for (const tool of Object.keys(MADE)) {
  // A check comes after a build, and must not take away what other tests read.
  if (check && tool === "build.mjs") continue;
  execFileSync(process.execPath, [fileURLToPath(new URL(tool, import.meta.url))], { stdio: "inherit", cwd: root });
}
const stale = files.filter((file) => read(file) !== before.get(file));
if (check) for (const file of stale) writeFileSync(new URL(file, root), before.get(file));
console.log(stale.length === 0 ? "everything is up to date" : `${check ? "out of date" : "made again"}: ${stale.join(", ")}`);
if (check && stale.length > 0) process.exit(1);
