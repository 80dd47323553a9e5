// One launch of isograd for bench/check.mjs; one JSON line on stdout.
// usage: check-once.mjs probes MODEL BATCH THREADS REPETITIONS    ms of the gradient alone and of the measurement
//        check-once.mjs whole MODEL BATCH THREADS [option …]      seconds and memory of `isograd check`, the start of the process included
import { bind, gradient, load } from "../dist/node.js";
import { readTensors } from "../dist/io/files.js";

const [mode, modelFile, batchFile, threads, ...rest] = process.argv.slice(2);

if (mode === "whole") {
  const { main } = await import("../dist/cli/main.js");
  const out = [];
  process.stdout.write = (text) => out.push(text) > 0;
  await main(["check", modelFile, ...(batchFile === "" ? [] : ["--batch", batchFile]), ...rest, "--json", "-"]);
  delete process.stdout.write;
  const { verdict } = JSON.parse(out.join(""));
  console.log(JSON.stringify({ seconds: process.uptime(), peakBytes: process.resourceUsage().maxRSS * 1024, verdict }));
} else {
  const { nodeRuntime } = await import("../dist/runtime/node.js");
  const { structureOf } = await import("../dist/structure/structure.js");
  const { measurementGraph } = await import("../dist/probe/measurement.js");
  const { feedsFor } = await import("../dist/data/batch.js");
  const model = await load(modelFile);
  const batch = readTensors(batchFile, 2 ** 34);
  const labels = batch.get("labels");
  const inputs = model.graph.inputs.map((i) => i.name);
  const bound = bind(model, { shapes: Object.fromEntries(inputs.map((n) => [n, batch.get(n).shape])) });
  const loss = { kind: "cross-entropy" };
  const structure = structureOf(bound, bound.graph.outputs[0]);
  const examples = batch.get(inputs[0]).shape[0];
  const graphs = {
    gradient: gradient(bound, { loss, labels }),
    measurement: measurementGraph(bound, structure, { loss, labels, examples }),
  };
  const runtime = nodeRuntime({ threads: Number(threads) });
  const ready = {};
  for (const [name, g] of Object.entries(graphs)) {
    const feeds = feedsFor(g.graph, new Map([...batch, [g.labelsInput, labels]]));
    ready[name] = { executable: await runtime.prepare(g.graph), feeds, ms: [] };
  }
  // In turns, so that what else the machine does falls on both.
  for (let k = 0; k < 2 + Number(rest[0]); k++) {
    for (const r of Object.values(ready)) {
      const start = performance.now();
      await r.executable.run(r.feeds);
      if (k >= 2) r.ms.push(performance.now() - start);
    }
  }
  await runtime.close();
  console.log(JSON.stringify({ gradient: ready.gradient.ms, measurement: ready.measurement.ms }));
}
