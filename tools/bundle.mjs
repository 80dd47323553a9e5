// Bundles the command, what runs in threads and what runs in browsers, from the TypeScript sources.
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { examplesCut } from "./cut-examples.mjs";

const source = (path) => fileURLToPath(new URL(`../src/${path}`, import.meta.url));

const THREADS = { sessions: source("runtime/node-thread.ts"), jobs: source("jobs/job-thread.ts") };

/** The thread of the command alone. */
const PROGRESS = { progress: source("cli/progress-thread.ts") };

/** What bundles for Node have in common. */
const NODE = { bundle: true, splitting: true, platform: "node", format: "esm", target: "node20", outExtension: { ".js": ".mjs" } };

/** The entries of Node's worker threads, and the files that they share or load later; packages are imported from node_modules. */
export const bundleThreads = (outdir) =>
  build({
    ...NODE,
    entryPoints: THREADS,
    outdir,
    sourcemap: "inline",
    packages: "external",
  });

/** Scripts for browsers, packages included, and the files that they share or load later; the .wasm file of onnxruntime-web stays beside them. */
export const bundleWeb = (entryPoints, outdir, more = {}) =>
  build({
    entryPoints,
    outdir,
    bundle: true,
    splitting: true,
    platform: "browser",
    format: "esm",
    target: "es2022",
    minify: true,
    // Otherwise the package's glue is bundled twice: for the thread that computes and for those that help it.
    conditions: ["onnxruntime-web-use-extern-wasm"],
    ...more,
  });

/** The script of the Web Worker that holds the sessions of a page. */
export const WEB_WORKER = source("runtime/web-worker.ts");

/**
 * The command and its threads, packages included but those with native code: a hundred files instead of a thousand start twice as fast. Gives what was
 * bundled, for the notices.
 */
export const bundleCommand = (outdir) =>
  build({
    ...NODE,
    entryPoints: { main: source("cli/main.ts"), ...THREADS, ...PROGRESS },
    outdir,
    minifySyntax: true,
    minifyWhitespace: true,
    external: ["onnxruntime-node", "onnxruntime-web", "libsql"],
    // Packages of CommonJS ask for modules of Node.
    banner: { js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);' },
    plugins: [examplesCut],
    metafile: true,
  });

/** isograd/web as one script for pages without a bundler, and its worker. */
export const bundlePage = (outdir) =>
  bundleWeb({ isograd: source("web.ts"), "web-worker": WEB_WORKER }, outdir, { plugins: [examplesCut], metafile: true });

/** Writes the names and licences of the packages that are part of bundles. */
export function writeNotices(path, ...metafiles) {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const names = new Set(metafiles.flatMap((m) => Object.keys(m.inputs)).flatMap((f) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(f)?.[1] ?? []));
  const notices = [...names].sort().map((name) => {
    const home = join(root, "node_modules", name);
    const { version, license } = JSON.parse(readFileSync(join(home, "package.json"), "utf8"));
    const file = existsSync(home) && readdirSync(home).find((f) => /^licen[cs]e/i.test(f));
    // TypeScript's licence is the text of Apache 2.0, for packages that name it only.
    const text = file ? join(home, file) : license.includes("Apache-2.0") ? join(root, "node_modules/typescript/LICENSE.txt") : undefined;
    return `${name} ${version} (${license})\n\n${text ? readFileSync(text, "utf8").trim() : "The package has no file with its licence."}\n`;
  });
  writeFileSync(path, `The bundles beside this file contain these packages.\n\n${notices.join(`\n${"-".repeat(80)}\n\n`)}`);
}
