import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

// A sample of what `node tools/fuzz.mjs --cases 5000` does at length: damaged networks, batches and options through the built command.

it("300 damaged uses of the command end in one sentence or a result: no crash, no hang, no stack trace, nothing left behind", async () => {
  const tool = fileURLToPath(new URL("../../tools/fuzz.mjs", import.meta.url));
  const { stdout, code } = await new Promise<{ stdout: string; code: unknown }>((resolve) => {
    execFile(
      process.execPath,
      [tool, "--cases", "300", "--seed", "20", "--children", "2", "--timeout", "40"],
      { maxBuffer: 2 ** 26 },
      (error, out, err) => resolve({ stdout: out + err, code: error?.code ?? 0 }),
    );
  });
  const summary = stdout.trim().split("\n").at(-1)!;
  expect(code, stdout.slice(0, 5000)).toBe(0);
  const { cases, faults, codes } = JSON.parse(summary) as { cases: number; faults: number; codes: Record<string, number> };
  expect([cases, faults, Object.keys(codes).sort()]).toEqual([300, 0, ["0", "2"]]);
  // Half of the damage should get past the decoder, or the sample says nothing about the rest.
  expect(codes["0"]).toBeGreaterThan(40);
}, 180_000);
