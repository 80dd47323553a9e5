// npm start: decides by measurement, in a few minutes, what the thread claims about skip connections, and answers its question. Prints each verdict as
// soon as it is reached, and writes one page. Options are passed on to `isograd claims`: npm start -- --full
import { existsSync, mkdirSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
if (!existsSync(join(root, "dist/index.js"))) await import("./build.mjs");
const { main } = await import(join(root, "dist/cli/main.js"));

const folder = join(root, ".cache");
mkdirSync(folder, { recursive: true });
const page = relative(process.cwd(), join(folder, "claims.html"));
const more = process.argv.slice(2);
const args = ["claims", ...more, ...(more.includes("--html") ? [] : ["--html", page])];
console.log(`npx isograd ${args.join(" ")}\n`);
process.exitCode = await main(args);
if (process.exitCode === 0 && !more.includes("--html")) console.log(`\nThe same as a page, with the pictures: ${page}`);
