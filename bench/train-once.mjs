// One launch of training with isograd: usage: train-once.mjs NET SECONDS THREADS [PROFILES_EVERY]     one JSON line on stdout
import { nodeRuntime, readOnnx, train } from "../dist/node.js";
import { storedColumn } from "../dist/data/data-set.js";
import { TRAINED, batchOf } from "./nets.mjs";

const [name, seconds, threads, every] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4]), Number(process.argv[5] ?? 0)];
const net = TRAINED[name].build();
const { inputs, labels } = batchOf(net);
const [batch] = labels.shape;

/** Four times the batch, as a small data set. */
const repeated = (t) => {
  const data = new t.data.constructor(4 * t.data.length);
  for (let i = 0; i < 4; i++) data.set(t.data, i * t.data.length);
  return storedColumn({ dtype: t.dtype, shape: t.shape.slice(1) }, data);
};
const examples = {
  count: 4 * batch,
  inputs: new Map([...inputs].map(([k, t]) => [k, repeated(t)])),
  answers: { kind: "labels", column: repeated(labels), classes: net.classes },
};
const data = { name: "bench", about: "drawn examples", train: examples, validation: undefined, standardised: true };

const stop = new AbortController();
const times = [];
const runtime = nodeRuntime({ threads });
try {
  await train(readOnnx(net.bytes), {
    data,
    runtime,
    loss: { kind: "cross-entropy" },
    optimizer: "momentum",
    lr: 1e-3,
    batchSize: batch,
    steps: 100_000,
    profiles: every === 0 ? 0 : Math.floor(100_000 / every),
    interrupt: stop.signal,
    onSteps: ({ step }) => {
      times.push([step, performance.now()]);
      // The first chunks are short.
      if (performance.now() - times[0][1] > 1000 * seconds && times.length > 6) stop.abort(new Error("enough"));
    },
  });
} catch (error) {
  if (!stop.signal.aborted) throw error;
} finally {
  await runtime.close();
}
const ms = times.slice(1).map(([step, at], i) => (at - times[i][1]) / (step - times[i][0]));
console.log(JSON.stringify({ net: name, examples: batch, ms, parameters: net.parameters, peakBytes: process.resourceUsage().maxRSS * 1024 }));
