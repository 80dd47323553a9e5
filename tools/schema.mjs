// Writes docs/check.schema.json and docs/claims.schema.json, the JSON schemas of what `isograd check --json` and `isograd claims --json` write.
// Run after a build: node tools/schema.mjs
import { existsSync, writeFileSync } from "node:fs";

const built = (name) => new URL(`../dist/study/${name}-schema.js`, import.meta.url);
if (!existsSync(built("claims"))) await import("./build.mjs");
const { checkJsonSchema } = await import(built("check"));
const { claimsJsonSchema } = await import(built("claims"));
for (const [name, schema] of [
  ["check", checkJsonSchema()],
  ["claims", claimsJsonSchema()],
])
  writeFileSync(new URL(`../docs/${name}.schema.json`, import.meta.url), `${JSON.stringify(schema, null, 2)}\n`);
