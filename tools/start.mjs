// npm start: decides by measurement, in a few minutes, what the thread claims about skip connections, and answers its question. Prints the answer and the
// table of verdicts, with --verbose every number besides, each as soon as it is known, and writes one page. Other options are passed on to
// `npx isograd claims`: npm start -- --full
import { existsSync, mkdirSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
if (!existsSync(join(root, "dist/index.js"))) await import("./build.mjs");
const { main } = await import(join(root, "dist/cli/main.js"));

const folder = join(root, ".cache");
mkdirSync(folder, { recursive: true });
const page = relative(process.cwd(), join(folder, "claims.html"));
const given = process.argv.slice(2);
const more = given.includes("--verbose") ? given.filter((word) => word !== "--verbose") : ["--summary", ...given];
const args = ["claims", ...more, ...(more.includes("--html") ? [] : ["--html", page])];
console.log(`npx isograd ${args.join(" ")}\n`);
process.exitCode = await main(args);
if (process.exitCode === 0 && !more.includes("--html")) console.log(`\nAs a page, with every number and the pictures: ${page}`);
