import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { readModel, readTensors } from "../../src/io/files.js";
import { openRuntime } from "../../src/runtime/select.js";
import type { Runtime } from "../../src/runtime/runtime.js";
import { checked, compareTrunk, filesOf, matchTrunk } from "../support/profiles.js";
import type { TorchProfile } from "../support/profiles.js";

// Every cut of the trunks of networks that PyTorch exported, against the gradients and activations that PyTorch's own hooks saw in float64
// (tools/fixtures/make_profiles.py, then compare_profiles.mjs --fixtures): float32 within max(.01, 3 × PyTorch's own deviation), float64 within 1e-6.

interface Fixture extends TorchProfile {
  /** How many cuts the trunk had when the fixture was written, and how many of them were found among PyTorch's tensors. */
  readonly cuts: number;
  readonly found: number;
}

const folder = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
const names = readdirSync(folder("profiles")).map((f) => f.replace(/\.json$/, ""));
let runtime: Promise<Runtime> | undefined;
const node = (): Promise<Runtime> => (runtime ??= openRuntime("node", { threads: 1 }));
afterAll(async () => (await runtime)?.close());

describe.each(names)("the profile of %s", (name) => {
  it("is PyTorch's in float64 and in float32", async () => {
    const fixture = JSON.parse(readFileSync(join(folder("profiles"), `${name}.json`), "utf8")) as Fixture;
    const files = filesOf(join(folder("torch"), name));
    const [model, batch] = [readModel(files.model), readTensors(files.batch)];
    const exact = await checked(model, batch, fixture, "float64", await node());
    expect(exact.loss! / fixture.lossValue).toBeCloseTo(1, 6);
    const matching = await matchTrunk(model, batch, fixture, exact, await node());
    expect(matching.truths.length).toBeGreaterThanOrEqual(fixture.found);
    expect(matching.missingSets).toEqual([]);
    expect(compareTrunk(exact, matching, "float64").faults).toEqual([]);
    expect(compareTrunk(await checked(model, batch, fixture, "float32", await node()), matching, "float32").faults).toEqual([]);
  });
});

describe("the comparison itself", () => {
  it("fails on a gradient or an activation that is off, and on one of the parts of a cut", async () => {
    const fixture = JSON.parse(readFileSync(join(folder("profiles"), "densenet.json"), "utf8")) as Fixture;
    const files = filesOf(join(folder("torch"), "densenet"));
    const [model, batch] = [readModel(files.model), readTensors(files.batch)];
    const record = await checked(model, batch, fixture, "float32", await node());
    const matching = await matchTrunk(model, batch, fixture, record, await node());
    expect(fixture.sets.length).toBeGreaterThan(0);
    const moved = (key: "lnGradient" | "lnActivation", by: number) => ({
      ...record,
      trunk: record.trunk.map((r) => ({ ...r, [key]: r[key]! + by })),
    });
    for (const key of ["lnGradient", "lnActivation"] as const) {
      expect(compareTrunk(moved(key, 2e-6), matching, "float64").faults.length).toBe(matching.truths.length);
      expect(compareTrunk(moved(key, 0.011), matching, "float32").faults.length).toBe(matching.truths.length);
      expect(compareTrunk(moved(key, 0.009), matching, "float32").faults).toEqual([]);
    }
    const without = { ...fixture, sets: [] };
    expect((await matchTrunk(model, batch, without, record, await node())).missingSets.length).toBe(fixture.sets.length);
  });
});
