import { readFileSync, statSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { beforeAll, describe, expect, it } from "vitest";
import { RULES } from "../../src/doctor/finding.js";
import type { CheckRecord } from "../../src/study/check-record.js";
import { checkJsonSchema, fromJson, toJson } from "../../src/study/check-schema.js";
import { checkPage } from "../../src/report/check-page.js";
import { checkText } from "../../src/report/check-text.js";
import { checkChain } from "./nets.js";
import { HOSTILE, SAMPLES, hostile } from "./samples.js";

const published = readFileSync(new URL("../../docs/check.schema.json", import.meta.url), "utf8");
const validate = new Ajv2020({ strict: false, allErrors: true }).compile(JSON.parse(published) as object);
/** What the published schema, judged by a library that did not write it, has against a text. */
const faults = (json: string): readonly string[] =>
  validate(JSON.parse(json)) ? [] : (validate.errors ?? []).map((e) => `${e.instancePath} ${e.message ?? ""}`);

it("the published schema is the one that the code has (node tools/schema.mjs writes it)", () => {
  expect(published).toBe(`${JSON.stringify(checkJsonSchema(), null, 2)}\n`);
});

describe("the records of check-ups", () => {
  const made = new Map<string, CheckRecord>();
  beforeAll(async () => {
    const add = async (name: string, ...of: Parameters<typeof checkChain>): Promise<void> => void made.set(name, await checkChain(...of));
    await add("healthy", { layers: 8 });
    await add("drawn", { layers: 4, inputs: 5 }, { drawn: true });
    await add("NaN in a weight", { layers: 8, planted: NaN });
    await add("infinity in a weight", { layers: 8, planted: Infinity });
    await add("overflow forward", { layers: 12, variance: 1e60 });
    await add("beyond a double", { layers: 430, width: 4, activation: "Sin", variance: 400 });
    await add("vanished", { layers: 40, activation: "Tanh", variance: 1e-18 });
    await add("skips", { layers: 10, skip: true });
    await add("a learning rate", { layers: 3 }, { learningRate: 0.1 });
    await add("one layer", { layers: 0 });
    await add("hostile names", { layers: HOSTILE.length, name: (l) => `${HOSTILE[l] ?? "last"}${l}` }, { file: HOSTILE[0] });
  });

  it("are valid under the published schema, as JSON and as what JSON gives back", () => {
    expect(made.size).toBe(11);
    for (const [name, record] of [...made, ...Object.entries(SAMPLES)]) {
      const json = toJson(record);
      expect(faults(json), name).toEqual([]);
      expect(fromJson(json), name).toEqual(record);
      expect(fromJson(toJson(fromJson(json))), name).toEqual(record);
    }
  });

  it("hold what is not finite as strings", () => {
    const json = JSON.parse(toJson(made.get("NaN in a weight")!)) as { trunk: { lnGradient: unknown; lnActivation: unknown }[] };
    const all = json.trunk.flatMap((r) => [r.lnGradient, r.lnActivation]);
    expect(all).toContain("NaN");
    expect(made.get("NaN in a weight")!.trunk.some((r) => Number.isNaN(r.lnActivation))).toBe(true);
    expect(made.get("NaN in a weight")).toMatchObject({ verdict: "undecided", nonFinite: { kind: "NaN" } });
  });

  it("hold growth beyond a double, and print it", () => {
    const record = made.get("beyond a double")!;
    const decades = (record.trunk[0]!.lnGradient! - record.trunk.at(-1)!.lnGradient!) / Math.LN10;
    expect(decades).toBeGreaterThan(400);
    expect(record).toMatchObject({ verdict: "exploding", law: "exponential" });
    expect(checkText(record)).toMatch(/×10\^[4-6]\d\d/);
    // Half precision could only follow with a scale that no double holds.
    expect(record.precision).toMatchObject({ lossScale: null });
    expect(record.precision!.lnLossScale!).toBeLessThan(-700);
  });

  it("can all be printed and drawn", () => {
    for (const [name, record] of made) {
      const text = checkText(record, { table: true });
      expect(Math.max(...text.split("\n").map((l) => Array.from(l).length)), name).toBeLessThanOrEqual(80);
      expect(text, name).not.toMatch(/[^\P{C}\n]/u);
      expect(text, name).not.toMatch(/undefined|\[object/);
      const html = checkPage(record);
      expect(html, name).not.toContain(HOSTILE[0]);
      expect(html.replace(/<script>[^]*?<\/script>/, ""), name).not.toMatch(/undefined|\[object/);
    }
  });

  it("draw nothing when they were told nothing", () => {
    expect(made.get("drawn")!.loss).toBeNull();
    expect(
      made
        .get("drawn")!
        .settings.map((s) => s.value)
        .join("\n"),
    ).toMatch(/N\(0, 1\)/);
    expect(made.get("a learning rate")!.curvature!.lambdaMax).toBeGreaterThan(0);
  });
});

describe("the schema refuses", () => {
  const broken: readonly (readonly [string, Record<string, unknown>])[] = [
    ["another schema", { schema: "isograd/check/2" }],
    ["a verdict that is none", { verdict: "fine" }],
    ["a rule that is none", { findings: [{ ...hostile.findings[0], rule: "hunch" }] }],
    ["a number as text", { trunk: [{ ...hostile.trunk[0], lnGradient: "12" }] }],
    ["half a spread", { spread: { rise: { value: 1, low: 0, high: 2 } } }],
    ["a missing list", { blocks: undefined }],
  ];
  it.each(broken)("%s", (_, change) => {
    const json = JSON.stringify({ ...(JSON.parse(toJson(hostile)) as object), ...change });
    expect(faults(json)).not.toEqual([]);
    expect(() => fromJson(json)).toThrow(/not the record of a check-up/);
  });

  it("what is no JSON at all, in one sentence", () => {
    expect(() => fromJson("{")).toThrow(/not JSON/);
  });

  it("nothing that is added", () => {
    const json = JSON.stringify({ ...(JSON.parse(toJson(hostile)) as object), more: 1 });
    expect(faults(json)).toEqual([]);
    expect(fromJson(json)).toMatchObject({ more: 1 });
  });
});

it("the guide to check-ups tells every rule, verdict and picture", () => {
  const docs = new URL("../../docs/", import.meta.url);
  const guide = readFileSync(new URL("check.md", docs), "utf8");
  for (const rule of [...RULES, "healthy", "exploding", "vanishing", "mixed", "undecided"]) expect(guide).toContain(`\`${rule}\``);
  for (const [, picture] of guide.matchAll(/!\[[^\]]+\]\(([^)]+)\)/g)) expect(statSync(new URL(picture!, docs)).size).toBeLessThan(200_000);
});

it("every finding of the schema is one that a rule can make", () => {
  const json = JSON.parse(published) as { $defs: { finding: { properties: { rule: { enum: string[] } } } } };
  expect(json.$defs.finding.properties.rule.enum).toEqual([...RULES]);
});
