#!/usr/bin/env node
import { existsSync } from "node:fs";

const home = new URL("../dist/bin/", import.meta.url);
if (!existsSync(new URL("main.mjs", home))) {
  process.stderr.write("isograd: not built yet: run npm run build\n");
  process.exit(2);
}
const { main, workerUrls } = await import(new URL("main.mjs", home).href);
workerUrls.sessions = new URL("sessions.mjs", home);
workerUrls.jobs = new URL("jobs.mjs", home);
workerUrls.progress = new URL("progress.mjs", home);
process.exitCode = await main(process.argv.slice(2));
