import { afterAll, describe, expect, it } from "vitest";
import { buildNet, weightsOf } from "../../src/nn/build.js";
import type { NetSpec } from "../../src/nn/spec.js";
import { nodeRuntime } from "../../src/runtime/node.js";
import { prepare } from "../../src/study/train/prepare.js";
import { train } from "../../src/study/train.js";
import { orderOf } from "../../src/train/order.js";
import { openCohort } from "../../src/train/cohort.js";
import type { CohortResult, CohortRun } from "../../src/train/cohort.js";
import { scoringOf } from "../../src/train/scoring.js";
import { madeData } from "../support/made-data.js";

const runtime = nodeRuntime();
afterAll(() => runtime.close());

const STEPS = 30;
const data = madeData([8], { count: 192, validation: 64 });

/** Trains the network with these seeds and rates in one graph. */
async function cohort(
  spec: NetSpec,
  runs: readonly { readonly seed: number; readonly lr: number }[],
  optimizer = "momentum",
): Promise<readonly CohortResult[]> {
  const prepared = prepare(buildNet(spec), { data, batchSize: 16, steps: STEPS, optimizer });
  const { trainee, feeder } = prepared;
  expect([...prepared.columns.keys()]).toEqual(["input"]);
  const draw = weightsOf(spec);
  // Two batches, and the rest.
  const scoring = scoringOf(prepared, data.validation!, 28);
  expect(scoring.map((part) => part.batches.map((b) => b.weight))).toEqual([[28, 28], [8]]);
  const opened = await openCohort({ trainee, feeder, steps: STEPS, scoring, runtime, memoryLimit: Infinity }, runs.length);
  try {
    return await opened.train(
      runs.map(({ seed, lr }): CohortRun => ({ lr, order: orderOf(data.train.count, 16, seed, false), weights: draw(seed) })),
    );
  } finally {
    await opened.dispose();
  }
}

const SPECS: readonly (readonly [string, NetSpec])[] = [
  ["a plain network", { arch: "mlp", depth: 3, width: 16, input: 8, classes: 4 }],
  ["a residual one with norms over the batch", { arch: "residual-mlp", depth: 3, width: 16, input: 8, classes: 4, norm: "batch" }],
  ["a residual one with layer norms", { arch: "residual-mlp", depth: 2, width: 16, input: 8, classes: 4, norm: "layer" }],
  ["a highway network", { arch: "highway", depth: 3, width: 16, input: 8, classes: 4 }],
];

describe("a cohort of runs in one graph", () => {
  it.each(SPECS)("trains %s as single runs do", async (_, spec) => {
    const runs = [
      { seed: 1, lr: 0.05 },
      { seed: 2, lr: 0.1 },
      { seed: 3, lr: 0.02 },
    ];
    const together = await cohort(spec, runs);
    for (const [i, { seed, lr }] of runs.entries()) {
      const single = await train(buildNet({ ...spec, seed }), { data, runtime, batchSize: 16, steps: STEPS, seed, lr, profiles: 0 });
      const losses = single.readings.find((r) => r.quantity === "loss")!.values;
      losses.forEach((v, step) => expect(Math.abs(together[i]!.loss[step]! - v)).toBeLessThan(2e-3 * Math.max(1, v)));
      expect(together[i]!.loss[0]).toBeCloseTo(losses[0]!, 5);
      expect(Math.abs(together[i]!.accuracy! - single.accuracy!)).toBeLessThanOrEqual(2 / 64);
    }
  });

  it("leaves the bits of the others alone where one leaves the range of numbers", async () => {
    const [, spec] = SPECS[1]!;
    const healthy = [
      { seed: 1, lr: 0.05 },
      { seed: 2, lr: 0.05 },
    ];
    const all = await cohort(spec, [healthy[0]!, { seed: 9, lr: 0.05 }, healthy[1]!]);
    const one = await cohort(spec, [healthy[0]!, { seed: 9, lr: 1e38 }, healthy[1]!]);
    expect(one[1]!.loss.some((v) => !Number.isFinite(v))).toBe(true);
    expect([one[0], one[2]]).toEqual([all[0], all[2]]);
  });

  it("trains a convolutional network run by run", async () => {
    const own = madeData([2, 6, 6]);
    const spec: NetSpec = { arch: "plain-conv", depth: 2, width: 4, input: [2, 6, 6], classes: 4, norm: "batch" };
    const conv = prepare(buildNet(spec), { data: own, batchSize: 16, steps: 12 });
    const opened = await openCohort({ trainee: conv.trainee, feeder: conv.feeder, steps: 12, runtime, memoryLimit: Infinity }, 4);
    expect(opened.runs).toBe(1);
    const draw = weightsOf(spec);
    for (const seed of [5, 6]) {
      const [result] = await opened.train([{ lr: 0.05, order: orderOf(96, 16, seed, false), weights: draw(seed) }]);
      const single = await train(buildNet({ ...spec, seed }), { data: own, runtime, batchSize: 16, steps: 12, seed, lr: 0.05, profiles: 0 });
      expect(result!.loss).toEqual(single.readings.find((r) => r.quantity === "loss")!.values);
    }
    await opened.dispose();
  });
});
