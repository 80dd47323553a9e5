import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { openBenches } from "../../src/jobs/kinds.js";
import { localQueue } from "../../src/jobs/local-queue.js";
import type { Queue } from "../../src/jobs/queue.js";
import { openStore } from "../../src/jobs/libsql-store.js";
import { profile } from "../../src/trial/measurements/profile.js";
import { workerQueue } from "../../src/jobs/worker-queue.js";
import type { JobWorker } from "../../src/jobs/worker-queue.js";
import { nodeRuntime } from "../../src/runtime/node.js";
import { referenceRuntime } from "../../src/runtime/reference.js";
import { RUNTIMES, openRuntime } from "../../src/runtime/select.js";
import { threadQueue } from "../../src/jobs/thread-queue.js";
import { storeKey } from "../../src/jobs/run-jobs.js";
import { resultsOf, runTrials } from "../../src/jobs/run-trials.js";
import type { RunProgress } from "../../src/jobs/run-trials.js";
import { familyOf } from "../../src/trial/spec.js";
import type { TrialRequest, TrialSpec } from "../../src/trial/spec.js";
import { IsogradError } from "../../src/util/errors.js";

const root = mkdtempSync(join(tmpdir(), "isograd-trials-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let folder = "";
let count = 0;
beforeEach(() => {
  folder = join(root, String(count++));
});

const trial = (seed: number, depth = 3): TrialRequest => ({
  net: { arch: "mlp", depth, width: 6, classes: null },
  batch: { examples: 4 },
  measure: "profile",
  seed,
});
const TRIALS = [...Array.from({ length: 6 }, (_, s) => trial(s)), ...Array.from({ length: 5 }, (_, s) => trial(s, 4))];

/** A queue of workers in this thread that counts, and can be made slow, or to fail. */
function counting(
  workers = 1,
  on: (spec: TrialSpec, worker: number) => Promise<void> | void = () => undefined,
): Queue & { readonly begun: string[] } {
  const benches = openBenches({ runtime: referenceRuntime(), memoryLimit: Infinity });
  const begun: string[] = [];
  const worker = (index: number): JobWorker => ({
    run: async (job, context) => {
      const spec = job.spec as TrialSpec;
      begun.push(`${JSON.stringify(spec.net["depth"])}/${spec.seed}`);
      await on(spec, index);
      return benches.run(job, context);
    },
    close: () => benches.close(),
  });
  return {
    ...workerQueue(
      "counting",
      "float64",
      Array.from({ length: workers }, (_, i) => worker(i)),
    ),
    begun,
  };
}

describe("running trials", () => {
  it("gives outcomes in the order of the specs, each trial measured once, and every one again from the store", async () => {
    const queue = counting(3);
    const store = openStore(folder);
    const progress: RunProgress[] = [];
    const streamed: number[] = [];
    const options = {
      queue,
      store,
      onProgress: (p: RunProgress) => progress.push(p),
      onResult: (o: { spec: TrialSpec }) => streamed.push(o.spec.seed),
    };
    const outcomes = await runTrials([...TRIALS, trial(2)], options);
    expect(outcomes.map((o) => [o.spec.net["depth"], o.spec.seed])).toEqual([...TRIALS, trial(2)].map((t) => [t.net["depth"], t.seed]));
    expect(outcomes[2]).toBe(outcomes[11]);
    expect(queue.begun.length).toBe(11);
    expect(new Set(queue.begun).size).toBe(11);
    expect(streamed.length).toBe(11);
    expect(progress[progress.length - 1]).toEqual({ done: 12, total: 12, found: 0, secondsLeft: 0 });
    expect(progress.map((p) => p.done)).toEqual([...progress.map((p) => p.done)].sort((a, b) => a - b));

    const again = await runTrials(TRIALS, { queue, store });
    expect(queue.begun.length).toBe(11);
    expect(again.every((o) => o.from === "store")).toBe(true);
    expect(again.map((o) => o.result)).toEqual(outcomes.slice(0, 11).map((o) => o.result));
    expect(resultsOf(profile, again)[0]!.lnGradient.length).toBe(resultsOf(profile, again)[0]!.lnActivation.length);
    await queue.close();
    await store.close();
  });

  it("gives a family to one worker, and shares it out when the others have nothing left", async () => {
    const workersOf = new Map<string, Set<number>>();
    const queue = counting(2, (spec, worker) => {
      const family = familyOf(spec);
      workersOf.set(family, (workersOf.get(family) ?? new Set()).add(worker));
      return new Promise((resolve) => setTimeout(resolve, 5));
    });
    const two = [...Array.from({ length: 4 }, (_, s) => trial(s)), ...Array.from({ length: 4 }, (_, s) => trial(s, 4))];
    await runTrials(two, { queue });
    expect([...workersOf.values()].filter((l) => l.size === 1).length).toBeGreaterThanOrEqual(1);
    workersOf.clear();
    await runTrials(TRIALS.slice(0, 6), { queue });
    expect([...workersOf.values()].map((l) => l.size)).toEqual([2]);
    await queue.close();
  });

  it("stops at a signal when the trials in work are done; what was measured is kept, nothing stays reserved, and the next run resumes", async () => {
    const stop = new AbortController();
    const queue = counting(2);
    const store = openStore(folder);
    const reason = new Error("stopped");
    await expect(runTrials(TRIALS, { queue, store, signal: stop.signal, onProgress: (p) => p.done >= 4 && stop.abort(reason) })).rejects.toBe(reason);
    const done = queue.begun.length;
    expect(done).toBeGreaterThanOrEqual(4);
    expect(done).toBeLessThan(8);
    const other = openStore(folder);
    const outcomes = await runTrials(TRIALS, { queue, store: other });
    expect(outcomes.filter((o) => o.from === "store").length).toBe(done);
    expect(queue.begun.length).toBe(11);
    for (const s of [store, other]) await s.close();
    await queue.close();
  });

  it("ends with the first failure, which names the trial, and releases it", async () => {
    let broken = true;
    const queue = counting(1, (spec) => {
      if (broken && spec.seed === 3) throw new IsogradError("runtime/failed", "the network cannot be run");
    });
    const store = openStore(folder);
    await expect(runTrials(TRIALS, { queue, store })).rejects.toMatchObject({ code: "runtime/failed", at: ["mlp, seed 3"] });
    broken = false;
    const outcomes = await runTrials(TRIALS, { queue, store });
    expect(outcomes.filter((o) => o.from === "store").length).toBe(3);
    await queue.close();
    await store.close();
  });

  it("shares the work with another run on the same store: each trial is measured by one of them", async () => {
    const slow = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10));
    const [a, b] = [counting(2, slow), counting(1, slow)];
    const [one, two] = [openStore(folder), openStore(folder)];
    const [first, second] = await Promise.all([runTrials(TRIALS, { queue: a, store: one }), runTrials(TRIALS, { queue: b, store: two })]);
    expect(second.map((o) => o.result)).toEqual(first.map((o) => o.result));
    expect([...a.begun, ...b.begun].length).toBe(11);
    expect(b.begun.length).toBeGreaterThan(0);
    for (const s of [one, two]) await s.close();
    for (const e of [a, b]) await e.close();
  });

  it("shares the work of two runs on one queue and one store object", async () => {
    const queue = counting(2, () => new Promise((resolve) => setTimeout(resolve, 5)));
    const store = openStore(folder);
    const [first, second] = await Promise.all([runTrials(TRIALS, { queue, store }), runTrials(TRIALS, { queue, store })]);
    expect(second.map((o) => o.result)).toEqual(first.map((o) => o.result));
    expect(queue.begun.length).toBe(11);
    await store.close();
    await queue.close();
  });

  it("measures anew what the store holds but no longer can be read", async () => {
    const queue = counting();
    const store = openStore(folder);
    const { key } = (await runTrials([trial(0)], { queue, store }))[0]!;
    const kept = storeKey({ key }, queue);
    await store.discard(kept);
    await store.put({ key: kept, spec: "{}", result: '{"lnGradient":"of another shape"}', seconds: 1 });
    const [outcome] = await runTrials([trial(0)], { queue, store });
    expect(outcome!.from).toBe("computed");
    expect(JSON.parse((await store.get(kept))!)).toEqual(outcome!.result);
    await queue.close();
    await store.close();
  });

  it("goes without a store", async () => {
    const queue = counting();
    for (let i = 0; i < 2; i++) await runTrials([trial(0)], { queue });
    expect(queue.begun.length).toBe(2);
    await queue.close();
  });
});

it("knows the arithmetic of every runtime without opening it", async () => {
  for (const name of RUNTIMES) {
    const runtime = await openRuntime(name, { threads: 1 });
    expect(threadQueue({ runtime: name, threads: 1 }).arithmetic).toBe(runtime.arithmetic);
    await runtime.close();
  }
});

describe("a pool of threads", () => {
  it("gives the same bits as this process, refuses in the same words, and outlives a refusal", async () => {
    const pool = threadQueue({ threads: 2 });
    const local = localQueue({ runtime: nodeRuntime({ threads: 1 }) });
    const mixed = [...TRIALS.slice(3, 9), { ...trial(1), dtype: "float64" as const }];
    const [theirs, ours] = [await runTrials(mixed, { queue: pool }), await runTrials(mixed, { queue: local })];
    expect(theirs.map((o) => o.result)).toEqual(ours.map((o) => o.result));
    const tight = threadQueue({ threads: 1, memoryLimit: 1000 });
    await expect(runTrials([trial(0)], { queue: tight })).rejects.toMatchObject({ code: "memory/limit" });
    await expect(runTrials([trial(0)], { queue: tight })).rejects.toMatchObject({ code: "memory/limit" });
    expect((await runTrials([trial(9)], { queue: pool })).length).toBe(1);
    for (const e of [pool, local, tight]) await e.close();
    for (const threads of [0, -1, 1.5]) expect(() => threadQueue({ threads })).toThrow(/at least 1/);
  });
});

it.each(["threads", "local"])("a store survives being killed with its process, again and again: %s", (queue) => {
  const study = fileURLToPath(new URL("../../tools/kill-study.mjs", import.meta.url));
  const done = spawnSync(process.execPath, [study, "--kills", "5", "--trials", "80", "--runtime", "reference", "--queue", queue], {
    encoding: "utf8",
  });
  const record = JSON.parse(done.stdout) as {
    complaints: string[];
    wrong: number;
    begun: number;
    begunAgainAfterAKill: number;
    kills: Record<string, number>;
  };
  expect(record.complaints).toEqual([]);
  expect(done.status).toBe(0);
  expect(record.wrong).toBe(0);
  expect(record.begun - record.begunAgainAfterAKill).toBe(80);
  expect(Object.values(record.kills).reduce((a, b) => a + b)).toBe(5);
});
