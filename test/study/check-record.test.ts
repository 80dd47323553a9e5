import { readFileSync, statSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { beforeAll, describe, expect, it } from "vitest";
import { RULES } from "../../src/doctor/index.js";
import type { CheckRecord } from "../../src/study/check-record.js";
import { checkFromJson, checkJson } from "../../src/study/check-record.js";
import { checkChains } from "../report/nets.js";
import { SAMPLES, hostile } from "../report/samples.js";

const published = readFileSync(new URL("../../docs/check.schema.json", import.meta.url), "utf8");
const validate = new Ajv2020({ strict: false, allErrors: true }).compile(JSON.parse(published) as object);
/** What the published schema, judged by a library that did not write it, has against a text. */
const faults = (json: string): readonly string[] =>
  validate(JSON.parse(json)) ? [] : (validate.errors ?? []).map((e) => `${e.instancePath} ${e.message ?? ""}`);

describe("the records of check-ups", () => {
  const made = new Map<string, CheckRecord>();
  beforeAll(async () => {
    for (const [name, record] of await checkChains()) made.set(name, record);
  });

  it("are valid under the published schema, as JSON and as what JSON gives back", () => {
    expect(made.size).toBe(11);
    for (const [name, record] of [...made, ...Object.entries(SAMPLES)]) {
      const json = checkJson(record);
      expect(faults(json), name).toEqual([]);
      expect(checkFromJson(json), name).toEqual(record);
      expect(checkFromJson(checkJson(checkFromJson(json))), name).toEqual(record);
    }
  });

  it("hold site and facts of every finding, and are read without them, as older ones are", () => {
    const all = [...made.values()].flatMap((r) => r.findings);
    expect(all.length).toBeGreaterThan(10);
    expect(all.filter((f) => f.site === undefined || f.facts === undefined)).toEqual([]);
    const older = (r: CheckRecord): CheckRecord => ({ ...r, findings: r.findings.map(({ site: _site, facts: _facts, ...f }) => f) });
    for (const [name, record] of made) {
      const json = checkJson(older(record));
      expect(faults(json), name).toEqual([]);
      expect(checkFromJson(json), name).toEqual(older(record));
    }
  });

  it("hold what is not finite as strings", () => {
    const json = JSON.parse(checkJson(made.get("NaN in a weight")!)) as { trunk: { lnGradient: unknown; lnActivation: unknown }[] };
    const all = json.trunk.flatMap((r) => [r.lnGradient, r.lnActivation]);
    expect(all).toContain("NaN");
    expect(made.get("NaN in a weight")!.trunk.some((r) => Number.isNaN(r.lnActivation))).toBe(true);
    expect(made.get("NaN in a weight")).toMatchObject({ verdict: "non-finite", nonFinite: { kind: "NaN" } });
  });

  it("hold growth beyond a double", () => {
    const record = made.get("beyond a double")!;
    const decades = (record.trunk[0]!.lnGradient! - record.trunk.at(-1)!.lnGradient!) / Math.LN10;
    expect(decades).toBeGreaterThan(400);
    expect(record).toMatchObject({ verdict: "exploding", law: "exponential" });
    // Half precision could only follow with a scale that no double holds.
    expect(record.precision).toMatchObject({ lossScale: null });
    expect(record.precision!.lnLossScale!).toBeLessThan(-700);
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
  it.each([
    ["a rule that is none", { findings: [{ ...hostile.findings[0], rule: "hunch" }] }],
    ["facts of another rule", { findings: [{ ...hostile.findings[0], facts: { units: 3 } }] }],
    ["a place that is none", { findings: [{ ...hostile.findings[0], site: { kind: "planet", name: "Mars", nodes: [] } }] }],
    ["a number as text in a row", { trunk: [{ ...hostile.trunk[0], lnGradient: "12" }] }],
  ])("%s", (_, change) => {
    const json = JSON.stringify({ ...(JSON.parse(checkJson(hostile)) as object), ...change });
    expect(faults(json)).not.toEqual([]);
    expect(() => checkFromJson(json)).toThrow(/not the record of a check-up/);
  });
});

it("the guide to check-ups tells every rule, verdict and picture", () => {
  const docs = new URL("../../docs/", import.meta.url);
  const guide = readFileSync(new URL("check.md", docs), "utf8");
  for (const rule of [...RULES, "healthy", "exploding", "vanishing", "mixed", "undecided"]) expect(guide).toContain(`\`${rule}\``);
  for (const [, picture] of guide.matchAll(/!\[[^\]]+\]\(([^)]+)\)/g)) expect(statSync(new URL(picture!, docs)).size).toBeLessThan(200_000);
});

it("every finding of the schema is one that a rule can make, with the facts of that rule", () => {
  type OneRule = { properties: { rule: { const: string }; facts: { $ref: string } } };
  const { finding } = (JSON.parse(published) as { $defs: { finding: { oneOf: OneRule[] } } }).$defs;
  expect(finding.oneOf.map((f) => f.properties.rule.const)).toEqual([...RULES]);
  expect(finding.oneOf.map((f) => f.properties.facts.$ref)).toEqual(RULES.map((id) => `#/$defs/facts-${id}`));
});
