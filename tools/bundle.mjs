// Bundles what runs in threads and in browsers, from the TypeScript sources.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const source = (path) => fileURLToPath(new URL(`../src/${path}`, import.meta.url));

/** The entries of Node's worker threads, and the files that they share or load later; packages are imported from node_modules. */
export const bundleThreads = (outdir) =>
  build({
    entryPoints: { sessions: source("runtime/node-thread.ts"), jobs: source("jobs/job-thread.ts") },
    outdir,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    target: "node20",
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
