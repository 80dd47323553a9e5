import { appendFileSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { tensor } from "../../src/graph/tensor.js";
import type { RunIdentity } from "../../src/train/keeper.js";
import { identityIn, runFolder } from "../../src/train/run-folder.js";

const IDENTITY: RunIdentity = {
  schema: "isograd/run/1",
  model: { name: "net", sha256: "a" },
  data: { name: "digits", examples: 10, sha256: "b" },
  options: { lr: 0.1, optimizer: "sgd" },
  asked: { words: ["mlp"] },
};
const state = (v: number): Map<string, ReturnType<typeof tensor>> => new Map([["w", tensor("float32", [2], [v, 2 * v])]]);

let root: string;
let dir: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "isograd-folder-"));
  dir = join(root, "run");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Begins a run in the folder, makes a checkpoint after each of these steps with a line before it, and ends. */
async function made(steps: readonly number[]): Promise<void> {
  const keeper = runFolder(dir, { resume: false });
  expect(await keeper.begin(IDENTITY)).toBeUndefined();
  for (const step of steps) {
    keeper.lines([JSON.stringify({ step })]);
    await keeper.checkpoint(step, state(step));
  }
  await keeper.close();
}

describe("the folder of a run", () => {
  it("goes on from its last checkpoint, with the lines until then", async () => {
    await made([5, 10]);
    appendFileSync(join(dir, "run.jsonl"), '{"step":11}\n{"step":12');
    const keeper = runFolder(dir, { resume: true });
    const found = await keeper.begin(IDENTITY);
    expect(found?.step).toBe(10);
    expect([...found!.state.get("w")!.data]).toEqual([10, 20]);
    expect(found!.lines).toBe('{"step":5}\n{"checkpoint":5}\n{"step":10}\n{"checkpoint":10}\n');
    expect(readFileSync(join(dir, "run.jsonl"), "utf8").endsWith('{"checkpoint":10}\n')).toBe(true);
    await keeper.close();
    expect(readdirSync(dir).sort()).toEqual(["run.jsonl", "step-10.safetensors", "step-5.safetensors"]);
  });

  it("keeps two checkpoints, and takes the one before a damaged last one", async () => {
    await made([5, 10, 15]);
    expect(readdirSync(dir)).not.toContain("step-5.safetensors");
    truncateSync(join(dir, "step-15.safetensors"), 40);
    const keeper = runFolder(dir, { resume: true });
    expect((await keeper.begin(IDENTITY))?.step).toBe(10);
    await keeper.close();
  });

  it("starts at the beginning where there is no checkpoint yet", async () => {
    const first = runFolder(dir, { resume: false });
    await first.begin(IDENTITY);
    first.lines(['{"step":1}']);
    await first.close();
    const keeper = runFolder(dir, { resume: true });
    expect(await keeper.begin(IDENTITY)).toBeUndefined();
    await keeper.close();
  });

  it("is for one run: another is refused, and changes nothing", async () => {
    await made([5]);
    const before = readFileSync(join(dir, "run.jsonl"), "utf8");
    await expect(runFolder(dir, { resume: false }).begin(IDENTITY)).rejects.toThrow(/has a run already.*--resume/);
    for (const [other, words] of [
      [{ ...IDENTITY, model: { name: "net", sha256: "z" } }, "another network"],
      [{ ...IDENTITY, data: { ...IDENTITY.data, examples: 11 } }, "another data set"],
      [{ ...IDENTITY, options: { ...IDENTITY.options, lr: 0.2 } }, "another lr \\(expected 0.1, got 0.2\\)"],
    ] as const) {
      const keeper = runFolder(dir, { resume: true });
      await expect(keeper.begin(other)).rejects.toThrow(new RegExp(words));
      await keeper.close();
    }
    expect(readFileSync(join(dir, "run.jsonl"), "utf8")).toBe(before);
    const asked = runFolder(dir, { resume: true });
    expect((await asked.begin({ ...IDENTITY, asked: null }))?.step).toBe(5);
    await asked.close();
  });

  it("is for one process at a time; one that has ended holds nothing", async () => {
    await made([5]);
    writeFileSync(join(dir, ".lock"), String(process.ppid));
    await expect(runFolder(dir, { resume: true }).begin(IDENTITY)).rejects.toThrow(/another process/);
    expect(existsSync(join(dir, ".lock"))).toBe(true);
    // No process has so large a number.
    writeFileSync(join(dir, ".lock"), "4194999");
    const keeper = runFolder(dir, { resume: true });
    expect((await keeper.begin(IDENTITY))?.step).toBe(5);
    await keeper.close();
    expect(existsSync(join(dir, ".lock"))).toBe(false);
  });

  it("tells what it holds, and refuses what is no run", async () => {
    await made([5]);
    expect(identityIn(dir)).toEqual(IDENTITY);
    expect(() => identityIn(root)).toThrow(/no such file/);
    writeFileSync(join(dir, "run.jsonl"), "hello\n");
    expect(() => identityIn(dir)).toThrow(/does not begin as a run/);
    await expect(runFolder(join(root, "none"), { resume: true }).begin(IDENTITY)).rejects.toThrow(/there is no run/);
  });
});
