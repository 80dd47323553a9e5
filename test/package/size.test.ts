import { gzipSync } from "node:zlib";
import { fileURLToPath } from "node:url";
import type { Metafile } from "esbuild";
import { beforeAll, describe, expect, it } from "vitest";
import { built } from "../../src/nn/build.js";
import { bind } from "../../src/passes/bind.js";
import { measurementGraph } from "../../src/probe/measurement.js";
import { WEB } from "../../src/runtime/lowering/web.js";
import { planGraph } from "../../src/runtime/plan.js";
import { structureOf } from "../../src/structure/structure.js";
import { WEB_WORKER, bundleWeb } from "../../tools/bundle.mjs";
import { examplesCut } from "../../tools/cut-examples.mjs";
import { SMALL_NETS } from "../support/nets.js";

// How much a browser loads: each script bundled as a user's bundler does it, minified and gzipped. The engine (onnxruntime-web's own .mjs and .wasm) comes
// on top, and is left out.

/** The most bytes of the page's and the worker's first scripts together, gzipped. */
const LIMIT = 162_000;

interface Script {
  /** Bytes that are loaded at once, and bytes that are loaded when they are needed, gzipped. */
  readonly first: number;
  readonly later: number;
  /** The sources of what is loaded at once. */
  readonly sources: readonly string[];
}

/** The files that one imports, and those that these import, as they are loaded by `kinds` of import. */
function closure(outputs: Metafile["outputs"], from: string, kinds: readonly string[]): Set<string> {
  const reached = new Set<string>();
  const visit = (file: string): void => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const i of outputs[file]!.imports) if (i.external !== true && kinds.includes(i.kind)) visit(i.path);
  };
  visit(from);
  return reached;
}

async function bundled(entry: string): Promise<Script> {
  const { outputFiles, metafile } = await bundleWeb({ script: entry }, "out", {
    write: false,
    metafile: true,
    plugins: [examplesCut],
    external: ["onnxruntime-web/wasm"],
    sourcemap: false,
  });
  const { outputs } = metafile!;
  const size = (file: string): number => gzipSync(outputFiles!.find((f) => f.path.endsWith(file))!.contents, { level: 9 }).length;
  const sum = (files: readonly string[]): number => files.reduce((n, f) => n + size(f), 0);
  const first = [...closure(outputs, "out/script.js", ["import-statement"])];
  const later = [...closure(outputs, "out/script.js", ["import-statement", "dynamic-import"])].filter((f) => !first.includes(f));
  const sources = first.flatMap((f) => Object.entries(outputs[f]!.inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])));
  return { first: sum(first), later: sum(later), sources };
}

const kB = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;

describe("isograd/web for nets of ours", () => {
  let page: Script;
  let worker: Script;
  beforeAll(async () => {
    page = await bundled(fileURLToPath(new URL("size-page.ts", import.meta.url)));
    worker = await bundled(WEB_WORKER);
  });

  it(`is at most ${kB(LIMIT)} gzipped, page and worker together`, () => {
    const together = page.first + worker.first;
    process.stdout.write(
      `isograd/web for nets of ours: page ${kB(page.first)}, worker ${kB(worker.first)}, together ${kB(together)} gzipped (limit ${kB(LIMIT)}); ` +
        `the worker loads ${kB(worker.later)} more for a network with an op that onnxruntime-web has no kernel for\n`,
    );
    expect(together).toBeLessThan(LIMIT);
  });

  it("leaves out what it does not use", () => {
    const unused = /onnx-buf|@bufbuild|libsql|src\/(claims|doctor|study|report|theory|verdict|train|jobs|cli)\/|ops\/shared\/examples/;
    expect(page.sources.filter((f) => unused.test(f))).toEqual([]);
    expect(page.later).toBe(0);
  });

  it("has no op in the worker's first script", () => {
    expect(worker.sources.filter((f) => /src\/(ops|passes|onnx|nn)\//.test(f))).toEqual([]);
    expect(worker.later).toBeGreaterThan(10_000);
  });

  // In float64 onnxruntime has no kernels for convolutions and some activations.
  it("has no op in float32 for which the worker loads more", () => {
    for (const { spec } of SMALL_NETS) {
      const bound = bind(built({ ...spec, batch: 4 }).model);
      const output = bound.graph.outputs[0]!;
      const graph = WEB.lower(measurementGraph(bound, structureOf(bound, output), { examples: 4, output }).graph);
      const { pieces } = planGraph(graph, { executes: (node) => WEB.executes(graph, node) });
      expect(
        pieces.filter((p) => p.evaluated),
        JSON.stringify(spec),
      ).toEqual([]);
    }
  });
});
