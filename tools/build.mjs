// Compiles src/ to dist/, from scratch, WebAssembly first; cuts the examples out of the compiled op files; and bundles the command (dist/bin) and the script
// for pages (dist/web): node tools/build.mjs
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { bundleCommand, bundlePage, writeNotices } from "./bundle.mjs";
import { cutExamples } from "./cut-examples.mjs";

const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
const root = new URL("..", import.meta.url);
await import("./wat.mjs");
rmSync(new URL("dist", root), { recursive: true, force: true });
execFileSync(process.execPath, [tsc, "-p", "tsconfig.json"], { stdio: "inherit", cwd: root });
cutExamples(fileURLToPath(new URL("dist/ops", root)));
const at = (path) => fileURLToPath(new URL(path, root));
const [command, page] = await Promise.all([bundleCommand(at("dist/bin")), bundlePage(at("dist/web"))]);
writeNotices(at("dist/NOTICES.txt"), command.metafile, page.metafile);
