import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { localEngine } from "../../src/trial/engine.js";
import type { Engine } from "../../src/trial/engine.js";
import { openStore } from "../../src/trial/libsql-store.js";
import { profile } from "../../src/trial/measurements/profile.js";
import { poolEngine } from "../../src/trial/pool.js";
import { resultsOf, runTrials } from "../../src/trial/run-trials.js";
import type { RunProgress } from "../../src/trial/run-trials.js";
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

/** An engine that counts, and can be made slow, or to fail. */
async function counting(
  workers = 1,
  on: (spec: TrialSpec, worker: number) => Promise<void> | void = () => undefined,
): Promise<Engine & { readonly begun: string[] }> {
  const inner = await localEngine({ runtime: "reference" });
  const begun: string[] = [];
  return {
    ...inner,
    workers,
    begun,
    measure: async (spec, worker) => {
      begun.push(`${JSON.stringify(spec.net["depth"])}/${spec.seed}`);
      await on(spec, worker);
      return inner.measure(spec, worker);
    },
  };
}

describe("running trials", () => {
  it("gives outcomes in the order of the specs, each trial measured once, and every one again from the store", async () => {
    const engine = await counting(3);
    const store = openStore(folder);
    const progress: RunProgress[] = [];
    const streamed: number[] = [];
    const options = {
      engine,
      store,
      onProgress: (p: RunProgress) => progress.push(p),
      onResult: (o: { spec: TrialSpec }) => streamed.push(o.spec.seed),
    };
    const outcomes = await runTrials([...TRIALS, trial(2)], options);
    expect(outcomes.map((o) => [o.spec.net["depth"], o.spec.seed])).toEqual([...TRIALS, trial(2)].map((t) => [t.net["depth"], t.seed]));
    expect(outcomes[2]).toBe(outcomes[11]);
    expect(engine.begun.length).toBe(11);
    expect(new Set(engine.begun).size).toBe(11);
    expect(streamed.length).toBe(11);
    expect(progress[progress.length - 1]).toEqual({ done: 12, total: 12, found: 0, secondsLeft: 0 });
    expect(progress.map((p) => p.done)).toEqual([...progress.map((p) => p.done)].sort((a, b) => a - b));

    const again = await runTrials(TRIALS, { engine, store });
    expect(engine.begun.length).toBe(11);
    expect(again.every((o) => o.from === "store")).toBe(true);
    expect(again.map((o) => o.result)).toEqual(outcomes.slice(0, 11).map((o) => o.result));
    expect(resultsOf(profile, again)[0]!.lnGradient.length).toBe(resultsOf(profile, again)[0]!.lnActivation.length);
    await engine.close();
    await store.close();
  });

  it("gives a family to one worker, and shares it out when the others have nothing left", async () => {
    const workersOf = new Map<string, Set<number>>();
    const engine = await counting(2, (spec, worker) => {
      const family = familyOf(spec);
      workersOf.set(family, (workersOf.get(family) ?? new Set()).add(worker));
      return new Promise((resolve) => setTimeout(resolve, 5));
    });
    const two = [...Array.from({ length: 4 }, (_, s) => trial(s)), ...Array.from({ length: 4 }, (_, s) => trial(s, 4))];
    await runTrials(two, { engine });
    expect([...workersOf.values()].filter((l) => l.size === 1).length).toBeGreaterThanOrEqual(1);
    workersOf.clear();
    await runTrials(TRIALS.slice(0, 6), { engine });
    expect([...workersOf.values()].map((l) => l.size)).toEqual([2]);
    await engine.close();
  });

  it("stops at a signal when the trials in work are done; what was measured is kept, nothing stays reserved, and the next run resumes", async () => {
    const stop = new AbortController();
    const engine = await counting(2);
    const store = openStore(folder);
    const reason = new Error("stopped");
    await expect(runTrials(TRIALS, { engine, store, signal: stop.signal, onProgress: (p) => p.done >= 4 && stop.abort(reason) })).rejects.toBe(
      reason,
    );
    const done = engine.begun.length;
    expect(done).toBeGreaterThanOrEqual(4);
    expect(done).toBeLessThan(8);
    const other = openStore(folder);
    const outcomes = await runTrials(TRIALS, { engine, store: other });
    expect(outcomes.filter((o) => o.from === "store").length).toBe(done);
    expect(engine.begun.length).toBe(11);
    for (const s of [store, other]) await s.close();
    await engine.close();
  });

  it("ends with the first failure, which names the trial, and releases it", async () => {
    let broken = true;
    const engine = await counting(1, (spec) => {
      if (broken && spec.seed === 3) throw new IsogradError("runtime/failed", "the network cannot be run");
    });
    const store = openStore(folder);
    await expect(runTrials(TRIALS, { engine, store })).rejects.toMatchObject({ code: "runtime/failed", at: ["mlp, seed 3"] });
    broken = false;
    const outcomes = await runTrials(TRIALS, { engine, store });
    expect(outcomes.filter((o) => o.from === "store").length).toBe(3);
    await engine.close();
    await store.close();
  });

  it("shares the work with another run on the same store: each trial is measured by one of them", async () => {
    const slow = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10));
    const [a, b] = [await counting(2, slow), await counting(1, slow)];
    const [one, two] = [openStore(folder), openStore(folder)];
    const [first, second] = await Promise.all([runTrials(TRIALS, { engine: a, store: one }), runTrials(TRIALS, { engine: b, store: two })]);
    expect(second.map((o) => o.result)).toEqual(first.map((o) => o.result));
    expect([...a.begun, ...b.begun].length).toBe(11);
    expect(b.begun.length).toBeGreaterThan(0);
    for (const s of [one, two]) await s.close();
    for (const e of [a, b]) await e.close();
  });

  it("measures anew what the store holds but no longer can be read", async () => {
    const engine = await counting();
    const store = openStore(folder);
    const { key } = (await runTrials([trial(0)], { engine, store }))[0]!;
    await store.discard(key);
    await store.put({ key, spec: "{}", result: '{"lnGradient":"of another shape"}', seconds: 1 });
    const [outcome] = await runTrials([trial(0)], { engine, store });
    expect(outcome!.from).toBe("engine");
    expect(JSON.parse((await store.get(key))!)).toEqual(outcome!.result);
    await engine.close();
    await store.close();
  });

  it("goes without a store", async () => {
    const engine = await counting();
    for (let i = 0; i < 2; i++) await runTrials([trial(0)], { engine });
    expect(engine.begun.length).toBe(2);
    await engine.close();
  });
});

describe("a pool of threads", () => {
  it("gives the same bits as this process, refuses in the same words, and outlives a refusal", async () => {
    const pool = poolEngine({ threads: 2 });
    const local = await localEngine();
    const mixed = [...TRIALS.slice(3, 9), { ...trial(1), dtype: "float64" as const }];
    const [theirs, ours] = [await runTrials(mixed, { engine: pool }), await runTrials(mixed, { engine: local })];
    expect(theirs.map((o) => o.result)).toEqual(ours.map((o) => o.result));
    const tight = poolEngine({ threads: 1, memoryLimit: 1000 });
    await expect(runTrials([trial(0)], { engine: tight })).rejects.toMatchObject({ code: "memory/limit" });
    await expect(runTrials([trial(0)], { engine: tight })).rejects.toMatchObject({ code: "memory/limit" });
    expect((await runTrials([trial(9)], { engine: pool })).length).toBe(1);
    for (const e of [pool, local, tight]) await e.close();
  });
});

it("a store survives being killed with its process, again and again", () => {
  const study = fileURLToPath(new URL("../../tools/kill-study.mjs", import.meta.url));
  const done = spawnSync(process.execPath, [study, "--kills", "5", "--trials", "80", "--runtime", "reference"], { encoding: "utf8" });
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
