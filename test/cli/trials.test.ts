import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { PROGRESS } from "../support/command.js";
import { progressLine, storeFolder } from "../../src/cli/trials.js";

const folder = mkdtempSync(join(tmpdir(), "isograd-cli-trials-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A process that runs many trials as a verb does; told `result` once for each. */
const script = (trials: number): string => `
  const { withTrials } = await import(${JSON.stringify(new URL("../../dist/cli/trials.js", import.meta.url).href)});
  const specs = Array.from({ length: ${trials} }, (_, seed) => ({ net: { arch: "mlp", depth: 3, width: 16 }, measure: "profile", seed }));
  process.exitCode = await withTrials({ store: ${JSON.stringify(folder)}, threads: "1", runtime: "reference" }, async (trials) => {
    const { runTrials } = await import(${JSON.stringify(new URL("../../dist/jobs/run-trials.js", import.meta.url).href)});
    const outcomes = await runTrials(specs, { ...trials, onResult: (o) => process.stdout.write(o.from === "computed" ? "e" : "s") });
    return outcomes.length === ${trials} ? 0 : 1;
  });`;

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(trials: number, interruptAfter = Infinity): Promise<Ended> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", script(trials)]);
  let [stdout, stderr, sent] = ["", "", false];
  child.stdout.on("data", (d: Buffer) => {
    stdout += String(d);
    if (!sent && stdout.length >= interruptAfter) sent = child.kill("SIGINT");
  });
  child.stderr.on("data", (d: Buffer) => (stderr += String(d)));
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, stdout, stderr: stderr.replace(PROGRESS, "") })));
}

describe("a verb that runs trials", () => {
  it("is interrupted cleanly: exit code 130, what was measured is kept, and the next run goes on from there", async () => {
    const first = await start(400, 20);
    expect(first.code, first.stderr).toBe(130);
    expect(first.stderr).toMatch(/^isograd: stopping when the trials in work are done; what was measured is kept[^\n]*\n$/);
    const measured = first.stdout.length;
    expect(measured).toBeLessThan(400);
    expect(first.stdout).toBe("e".repeat(measured));
    const second = await start(400);
    expect(second).toEqual({ code: 0, stderr: "", stdout: "s".repeat(measured) + "e".repeat(400 - measured) });
  });

  it("keeps results where it is told to", () => {
    expect(storeFolder({}, {})).toBe(join(".cache", "isograd"));
    expect(storeFolder({}, { ISOGRAD_STORE: "/there" })).toBe("/there");
    expect(storeFolder({ store: "here" }, { ISOGRAD_STORE: "/there" })).toBe("here");
    expect(storeFolder({ "no-store": true }, { ISOGRAD_STORE: "/there" })).toBeUndefined();
  });

  it("says how far it is", () => {
    expect(progressLine({ done: 3, total: 60, found: 3, secondsLeft: undefined })).toBe("trial 3 of 60, 3 of them found");
    expect(progressLine({ done: 12, total: 60, found: 0, secondsLeft: 40.2 })).toBe("trial 12 of 60, about 40 s left");
    expect(progressLine({ done: 12, total: 60, found: 1, secondsLeft: 600 })).toBe("trial 12 of 60, 1 of them found, about 10 min left");
    expect(progressLine({ done: 60, total: 60, found: 0, secondsLeft: 0 })).toBe("trial 60 of 60");
  });
});
