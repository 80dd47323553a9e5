// Writes docs/*.schema.json, the JSON schemas of what the commands write with --json. Run after a build: node tools/schema.mjs
import { existsSync, writeFileSync } from "node:fs";

const SCHEMAS = [
  ["check", "check-record", "checkJsonSchema"],
  ["claims", "claims-record", "claimsJsonSchema"],
  ["phase", "phase-record", "phaseJsonSchema"],
  ["predict", "prediction-record", "predictionJsonSchema"],
  ["train", "train-record", "trainJsonSchema"],
];

const built = (file) => new URL(`../dist/study/${file}.js`, import.meta.url);
if (!SCHEMAS.every(([, file]) => existsSync(built(file)))) await import("./build.mjs");
for (const [command, file, schema] of SCHEMAS) {
  const records = await import(built(file));
  writeFileSync(new URL(`../docs/${command}.schema.json`, import.meta.url), `${JSON.stringify(records[schema](), null, 2)}\n`);
}
