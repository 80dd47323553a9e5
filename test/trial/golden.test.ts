import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { ARCHITECTURES } from "../../src/nn/architectures/index.js";
import { referenceRuntime } from "../../src/runtime/reference.js";
import type { ProfileResult } from "../../src/trial/measurements/profile.js";
import { parseTrial, versionOf } from "../../src/trial/spec.js";
import type { TrialRequest } from "../../src/trial/spec.js";
import { workbench } from "../../src/trial/workbench.js";

// Stored results are found by their specs and the versions of the measuring code. So when the same spec gives other numbers, a version must be raised:
// RESULTS_VERSION in src/trial/spec.ts, or the measurement's own. Then write the new numbers with ISOGRAD_GOLDEN=write npx vitest run test/trial/golden.

const FILE = new URL("golden.json", import.meta.url);
const writing = process.env["ISOGRAD_GOLDEN"] === "write";
const SPECS: Readonly<Record<string, TrialRequest["net"]>> = {
  mlp: { arch: "mlp", depth: 4, width: 8, activation: "tanh", init: { scheme: "orthogonal", weightVariance: 1.5, biasVariance: 0.05 } },
  "mlp with batch norm": { arch: "mlp", depth: 4, width: 8, norm: "batch" },
  "residual-mlp": { arch: "residual-mlp", depth: 4, width: 8, branchScale: "1/sqrt(L)" },
  highway: { arch: "highway", depth: 4, width: 8 },
  "plain-conv": { arch: "plain-conv", depth: 3, width: 4, input: [2, 6, 6] },
  rnn: { arch: "rnn", length: 4, width: 6, init: { scheme: "glorot", distribution: "uniform" } },
};

interface Golden {
  readonly version: string;
  readonly numbers: readonly number[];
}

const bench = workbench({ runtime: referenceRuntime(), memoryLimit: 1e9 });
afterAll(() => bench.close());
const written: Record<string, Golden> = {};
const golden = writing ? {} : (JSON.parse(readFileSync(FILE, "utf8")) as Record<string, Golden>);

describe("numbers that a version stands for", () => {
  it.each(Object.keys(SPECS))("%s", async (name) => {
    const spec = parseTrial({ net: SPECS[name]!, batch: { examples: 4 }, measure: { name: "profile", parameters: true }, seed: 7, dtype: "float64" });
    expect(ARCHITECTURES.map((a) => a.name)).toContain(spec.net.arch);
    const result = JSON.parse(await bench.measure(spec)) as ProfileResult;
    const parameters = Object.values(result.parameters!);
    const numbers = [...result.lnGradient, ...result.lnActivation, ...parameters].map((v) => (typeof v === "number" ? Number(v.toPrecision(10)) : 0));
    if (writing) {
      written[name] = { version: versionOf(spec), numbers };
      return;
    }
    const known = golden[name]!;
    const same =
      known.numbers.length === numbers.length && known.numbers.every((v, i) => Math.abs(v - numbers[i]!) < 1e-7 * Math.max(1, Math.abs(v)));
    if (known.version === versionOf(spec)) expect(same, "the numbers changed: raise a version, see the top of this file").toBe(true);
    else expect.fail("a version was raised: write the new numbers, see the top of this file");
  });
});

if (writing) afterAll(() => writeFileSync(FILE, `${JSON.stringify(written)}\n`));
