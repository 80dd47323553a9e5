import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readOnnx } from "../../src/onnx/read.js";
import { checkText } from "../../src/report/check-text.js";
import { checkPage } from "../../src/report/check-page.js";
import { openRuntime } from "../../src/runtime/select.js";
import type { Runtime } from "../../src/runtime/runtime.js";
import { check } from "../../src/study/check.js";
import type { CheckRecord } from "../../src/study/check-record.js";

// A file of PyTorch 2.13 that notes the module and the line of the program of every node (made by tools/fixtures/make_exports.py).

let runtime: Runtime;
let record: CheckRecord;
beforeAll(async () => {
  runtime = await openRuntime("reference");
  record = await check(readOnnx(readFileSync(new URL("../fixtures/exports/norms.dynamo.onnx", import.meta.url)), { name: "norms.onnx" }), {
    runtime,
  });
});
afterAll(() => runtime.close());

describe("module and line of the program", () => {
  it("are told by findings", () => {
    const f = record.findings.find((one) => one.rule === "norm-inference-mode")!;
    expect(f.site?.source).toBe("model.py:41–43");
    expect(f.where).toMatch(/^norm1 ▸ .* \(model\.py:41–43\)$/);
  });
  it("stand in every row of the tables", () => {
    for (const rows of [record.blocks, record.parameters, record.units, record.trunk.slice(1)])
      expect(rows.map((r) => r.source).filter((s) => !/^model\.py:4\d(–4\d)?$/.test(s ?? ""))).toEqual([]);
    expect(record.parameters.find((p) => p.name === "norm2.weight")).toMatchObject({ module: "norm2", source: "model.py:42" });
  });
  it("are shown, and no column of them where a file notes none", () => {
    expect(checkText(record, { table: true })).toMatch(/norm2\.weight \(model\.py:42\)/);
    const heading = />Program</;
    expect(checkPage(record)).toMatch(heading);
    const bare = <R extends { source?: string }>(rows: readonly R[]): R[] => rows.map(({ source: _, ...row }) => row as R);
    const without = {
      ...record,
      blocks: bare(record.blocks),
      parameters: bare(record.parameters),
      units: bare(record.units),
      trunk: bare(record.trunk),
    };
    expect(checkPage(without)).not.toMatch(heading);
  });
});
