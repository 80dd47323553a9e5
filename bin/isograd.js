#!/usr/bin/env node
import { existsSync } from "node:fs";

const main = new URL("../dist/cli/main.js", import.meta.url);
if (!existsSync(main)) {
  process.stderr.write("isograd: not built yet: run npm run build\n");
  process.exit(2);
}
const { main: start } = await import(main.href);
process.exitCode = await start(process.argv.slice(2));
