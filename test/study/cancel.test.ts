import { afterAll, describe, expect, it } from "vitest";
import { claimsNamed } from "../../src/claims/index.js";
import { drawBatch } from "../../src/data/drawn-batch.js";
import { localQueue } from "../../src/jobs/local-queue.js";
import { buildNet } from "../../src/nn/build.js";
import { bind } from "../../src/passes/bind.js";
import { nodeRuntime, wasmRuntime } from "../../src/runtime/node.js";
import type { Runtime } from "../../src/runtime/runtime.js";
import { referenceRuntime } from "../../src/runtime/reference.js";
import { check } from "../../src/study/check.js";
import { claims } from "../../src/study/claims.js";
import { grad } from "../../src/study/grad.js";
import { phase } from "../../src/study/phase.js";
import { predict } from "../../src/study/predict.js";

// Every long function tells what it is doing, and ends with the reason of a signal.

const runtime = nodeRuntime({ threads: 1 });
const queue = localQueue({ runtime: referenceRuntime() });
afterAll(() => runtime.close());

const model = buildNet({ arch: "mlp", depth: 6, width: 16, batch: 8 });
const batch = new Map(drawBatch(bind(model).graph, "gaussian", 0));

interface Attending {
  readonly signal: AbortSignal;
  readonly onProgress: (what: unknown) => void;
}

const LONG: Readonly<Record<string, (attending: Attending) => Promise<unknown>>> = {
  check: (a) => check(model, { runtime, ...a }),
  grad: (a) => grad(model, { runtime, batch, loss: { kind: "sum" }, ...a }),
  predict: (a) => predict(model, a),
  claims: (a) => claims(claimsNamed(["gradient-divided"]), { queue, budget: { name: "quick", seeds: 2, depths: [3, 4, 5], width: 4 }, ...a }),
  phase: (a) => phase({ activation: "tanh", depth: 6, width: 6, seeds: 2, sigmaW2: [1, 2], sigmaB2: [0, 0.1] }, { queue, ...a }),
};

describe.each(Object.entries(LONG))("%s", (_, run) => {
  it("tells what it is doing", async () => {
    const told: unknown[] = [];
    await run({ signal: new AbortController().signal, onProgress: (what) => told.push(what) });
    expect(told.length).toBeGreaterThan(2);
  });

  it("does not begin with a signal that is aborted already", async () => {
    const reason = new Error("not wanted");
    const stop = new AbortController();
    stop.abort(reason);
    await expect(run({ signal: stop.signal, onProgress: () => undefined })).rejects.toBe(reason);
  });

  it("ends at the second thing that it tells, with the signal's reason, and can be begun again", async () => {
    const reason = new Error("enough");
    const stop = new AbortController();
    const told: unknown[] = [];
    const onProgress = (what: unknown): void => {
      told.push(what);
      if (told.length === 2) stop.abort(reason);
    };
    await expect(run({ signal: stop.signal, onProgress })).rejects.toBe(reason);
    expect(told.length).toBeLessThan(5);
    await run({ signal: new AbortController().signal, onProgress: () => undefined });
  });
});

it("ends a check in the middle of a run", async () => {
  const large = buildNet({ arch: "mlp", depth: 300, width: 128, batch: 64 });
  const stop = new AbortController();
  const reason = new Error("enough");
  const onProgress = (what: string): void => {
    if (what.startsWith("measuring")) setTimeout(() => stop.abort(reason), 1);
  };
  await expect(check(large, { runtime, signal: stop.signal, onProgress })).rejects.toBe(reason);
  expect((await check(model, { runtime })).verdict).toBe("healthy");
});

it.each([
  ["native", (): Runtime => nodeRuntime({ threads: 2 })],
  ["WebAssembly", (): Runtime => wasmRuntime({ threads: 1 })],
])("rejects at once, before the run in work has ended, and closes behind it: %s", async (_, open) => {
  const own = open();
  const wide = buildNet({ arch: "mlp", depth: 12, width: 1024, batch: 512 });
  const inputs = new Map(drawBatch(bind(wide).graph, "gaussian", 0));
  const order: string[] = [];
  const stop = new AbortController();
  const onProgress = (what: string): void => {
    if (what === "running") setTimeout(() => stop.abort(new Error("enough")), 20);
  };
  await expect(grad(wide, { runtime: own, batch: inputs, loss: { kind: "sum" }, signal: stop.signal, onProgress })).rejects.toThrow("enough");
  order.push("rejected");
  // A run that is asked for now waits for the one in work.
  const small = await own.prepare(bind(model).graph);
  await small.run(batch).then(() => order.push("next run"));
  await own.close();
  expect(order).toEqual(["rejected", "next run"]);
});
