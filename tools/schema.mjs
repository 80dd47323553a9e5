// Writes docs/check.schema.json, the JSON schema of what `isograd check --json` writes. Run after a build: node tools/schema.mjs
import { existsSync, writeFileSync } from "node:fs";

const built = new URL("../dist/report/check-schema.js", import.meta.url);
if (!existsSync(built)) await import("./build.mjs");
const { checkJsonSchema } = await import(built);
writeFileSync(new URL("../docs/check.schema.json", import.meta.url), `${JSON.stringify(checkJsonSchema(), null, 2)}\n`);
