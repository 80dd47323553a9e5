import { gradient } from "../../src/autodiff/network.js";
import { drawBatch } from "../../src/data/drawn-batch.js";
import { buildNet } from "../../src/nn/build.js";
import { bind } from "../../src/passes/bind.js";
import type { Runtime } from "../../src/runtime/runtime.js";

/** Runs gradients of so many different networks, one after the other, and frees each. */
export async function runNets(runtime: Runtime, from: number, to: number): Promise<void> {
  for (let i = from; i < to; i++) {
    const bound = bind(buildNet({ arch: "mlp", depth: 5 + (i % 40), width: 48, seed: i, batch: 16 }));
    const executable = await runtime.prepare(gradient(bound, { loss: { kind: "sum" } }).graph);
    await executable.run(drawBatch(bound.graph, "gaussian", i));
    await executable.dispose();
  }
}
