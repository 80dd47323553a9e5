import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

// A sample of what `node tools/fuzz.mjs --verb check --cases 5000` does at length: damaged networks, batches, checkpoints and options through the
// built command.

interface Summary {
  readonly cases: number;
  readonly faults: number;
  readonly codes: Readonly<Record<string, number>>;
}

async function fuzz(verb: "grad" | "check", cases: number): Promise<Summary> {
  const tool = fileURLToPath(new URL("../../tools/fuzz.mjs", import.meta.url));
  const { stdout, code } = await new Promise<{ stdout: string; code: unknown }>((resolve) => {
    execFile(
      process.execPath,
      [tool, "--verb", verb, "--cases", String(cases), "--seed", "20", "--children", "2", "--timeout", "120"],
      { maxBuffer: 2 ** 26 },
      (error, out, err) => resolve({ stdout: out + err, code: error?.code ?? 0 }),
    );
  });
  expect(code, stdout.slice(0, 5000)).toBe(0);
  return JSON.parse(stdout.trim().split("\n").at(-1)!) as Summary;
}

it("300 damaged uses of grad end in one sentence or a result: no crash, no hang, no stack trace, nothing left behind", async () => {
  const { cases, faults, codes } = await fuzz("grad", 300);
  expect([cases, faults, Object.keys(codes).sort()]).toEqual([300, 0, ["0", "2"]]);
  // Half of the damage should get past the decoder, or the sample says nothing about the rest.
  expect(codes["0"]).toBeGreaterThan(40);
});

it("100 damaged uses of check end in one sentence, or in a text, a page and a record that agree with the exit code", async () => {
  const { cases, faults, codes } = await fuzz("check", 100);
  expect([cases, faults, Object.keys(codes).sort()]).toEqual([100, 0, ["0", "1", "2"]]);
  expect(codes["0"]! + codes["1"]!).toBeGreaterThan(25);
});
