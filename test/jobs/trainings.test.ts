import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { nodeDataHost } from "../../src/data/node-host.js";
import { openStore } from "../../src/jobs/libsql-store.js";
import { localQueue } from "../../src/jobs/local-queue.js";
import { runTrainings } from "../../src/jobs/run-trainings.js";
import { nodeRuntime } from "../../src/runtime/node.js";
import { parseTraining } from "../../src/trial/training-spec.js";
import type { TrainingRequest } from "../../src/trial/training-spec.js";

const folder = mkdtempSync(join(tmpdir(), "isograd-trainings-"));
const runtime = nodeRuntime({ threads: 1 });
const queue = localQueue({ runtime, dataHost: nodeDataHost(Infinity) });
afterAll(async () => {
  await queue.close();
  await runtime.close();
  rmSync(folder, { recursive: true, force: true });
});

const request = (seed: number, lr: number, more: Partial<TrainingRequest> = {}): TrainingRequest => ({
  net: { arch: "mlp", depth: 2, width: 16 },
  seed,
  lr,
  steps: 40,
  batchSize: 32,
  ...more,
});
const panel = [1, 2, 3].flatMap((seed) => [0.05, 0.02, 1e6].map((lr) => request(seed, lr)));

describe("a panel of trainings", () => {
  it("is computed once: what is stored is found again, whatever else is asked for", async () => {
    const store = openStore(join(folder, "store.db"));
    try {
      const first = await runTrainings(panel.slice(0, 5), { queue, store });
      expect(first.every((o) => o.from === "computed")).toBe(true);
      const again = await runTrainings([...panel, panel[0]!], { queue, store });
      expect(again.map((o) => o.from)).toEqual([...new Array<string>(5).fill("store"), ...new Array<string>(4).fill("computed"), "store"]);
      expect(again.slice(0, 5).map((o) => o.result)).toEqual(first.map((o) => o.result));
      expect(again[9]).toEqual(again[0]);
    } finally {
      await store.close();
    }
  });

  it("tells how well each learned, and which left the range of numbers", async () => {
    const outcomes = await runTrainings(panel, { queue });
    for (const { spec, result } of outcomes) {
      expect(result.loss).toHaveLength(40);
      if (spec.recipe.lr < 1) {
        expect(result.loss.every(Number.isFinite)).toBe(true);
        expect(result.accuracy!).toBeGreaterThan(0.3);
      } else expect(result.loss.some((v) => !Number.isFinite(v))).toBe(true);
    }
  });

  it("has one key for one spec, written in full or not", async () => {
    const full = parseTraining({
      ...request(1, 0.05),
      optimizer: "momentum",
      momentum: 0.9,
      data: "digits",
      weightDecay: 0,
      schedule: "constant",
      warmup: 0,
    });
    expect(parseTraining(request(1, 0.05))).toEqual(full);
    expect(full.recipe).toMatchObject({ lr: 0.05, seed: 1, steps: 40, batchSize: 32 });
  });

  it.each([
    [{ ...request(1, 0.1), stepz: 3 }, /no field "stepz".*steps/],
    [{ ...request(1, 0.1), net: { arch: "mlp", seed: 3 } }, /has no "seed" of its own/],
    [{ ...request(1, 0.1), optimizer: "adm" }, /did you mean adam/i],
  ])("%j is refused", (given, words) => expect(() => parseTraining(given)).toThrow(words));
});
