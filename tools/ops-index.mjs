// Rewrites src/ops/index.ts from the files beside it: node tools/ops-index.mjs
import { readdirSync, readFileSync, writeFileSync } from "node:fs";

const dir = new URL("../src/ops/", import.meta.url);
const skip = new Set(["index.ts", "op.ts", "attrs.ts", "registry.ts", "traits.ts", "apply-vmap.ts"]);
const rows = [];
for (const file of readdirSync(dir)
  .filter((f) => f.endsWith(".ts") && !skip.has(f))
  .sort()) {
  const name = /^export const (\w+): Op</m.exec(readFileSync(new URL(file, dir), "utf8"))?.[1];
  if (!name) throw new Error(`src/ops/${file} exports no op: expected "export const Name: Op<…> = {"`);
  rows.push([name, file.replace(/\.ts$/, ".js")]);
}
rows.sort((a, b) => (a[0] < b[0] ? -1 : 1));
const text = [
  'import type { Op } from "./op.js";',
  ...rows.map(([name, file]) => `import { ${name} } from "./${file}";`),
  "",
  "/** Every op that isograd knows, one file each. This list is written by tools/ops-index.mjs. */",
  "export const OPS: readonly Op[] = [",
  ...rows.map(([name]) => `  ${name},`),
  "];",
  "",
].join("\n");
writeFileSync(new URL("index.ts", dir), text);
console.log(`${rows.length} ops`);
