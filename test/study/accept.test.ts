import { describe, expect, it } from "vitest";
import { RULES } from "../../src/doctor/index.js";
import { ACCEPTABLE, acceptances, entriesIn, isQuiet, withAcceptances } from "../../src/study/accept.js";
import { checkFromJson, checkJson } from "../../src/study/check-record.js";
import type { CheckRecord, Finding } from "../../src/study/check-record.js";
import { IsogradError } from "../../src/util/errors.js";
import { plain50, resnet50 } from "../report/samples.js";

const finding = (
  rule: Finding["rule"],
  severity: Finding["severity"],
  site: NonNullable<Finding["site"]>,
  parameters?: readonly string[],
): Finding => ({
  rule,
  severity,
  site,
  where: site.name,
  evidence: "",
  why: "",
  remedy: "",
  ...(parameters ? { facts: { reason: "zero-slope", parameters, of: 9 } } : {}),
});
const dead = (...nodes: readonly string[]): Finding =>
  finding("dead-units", "warning", { kind: "node", name: nodes.join(", "), nodes, ...(nodes.length === 1 ? { module: "layer3.0" } : {}) });
const healthy = (...findings: readonly Finding[]): CheckRecord => ({ ...resnet50, verdict: "healthy", findings });
const sick = (...findings: readonly Finding[]): CheckRecord => ({ ...plain50, verdict: "exploding", findings });
const exploding = (module: string): Finding =>
  finding("exploding", "error", { kind: "block", name: `${module}.0 … ${module}.9`, module, nodes: ["/a", "/b"] });
const quiet = (record: CheckRecord, ...ignore: readonly string[]): boolean => isQuiet(withAcceptances(record, acceptances(ignore)));

describe("what a team has accepted", () => {
  it("is marked, listed with how many findings it accepts, and survives JSON", () => {
    const made = withAcceptances(healthy(dead("/layer3/layer3.0/relu/Relu")), acceptances([{ entry: "dead-units", by: "isograd.json" }, "collapse"]));
    expect(made.findings[0]!.accepted).toEqual([{ entry: "dead-units", by: "isograd.json" }]);
    expect(made.ignored).toEqual([
      { entry: "dead-units", by: "isograd.json", matched: 1 },
      { entry: "collapse", by: "ignore", matched: 0 },
    ]);
    expect(checkFromJson(checkJson(made)).findings[0]!.accepted).toEqual(made.findings[0]!.accepted);
    expect(withAcceptances(plain50, [])).toBe(plain50);
  });

  it.each([
    ["the rule everywhere", "dead-units", true],
    ["the node", "dead-units@/layer3/layer3.0/relu/Relu", true],
    ["the node as texts show it", "dead-units@layer3.0 ▸ relu ▸ Relu", true],
    ["its module", "dead-units@layer3.0", true],
    ["a module around it", "dead-units@layer3", true],
    ["the beginning of a name", "dead-units@layer", false],
    ["another module", "dead-units@layer3.1", false],
    ["a module inside it", "dead-units@layer3.0.relu.1", false],
    ["another rule", "saturated-units", false],
  ])("accepts a finding by %s: %s", (_, entry, accepted) => {
    expect(quiet(healthy(dead("/layer3/layer3.0/relu/Relu")), entry)).toBe(accepted);
  });

  it("accepts a finding of several parts only where all of them are named", () => {
    const two = healthy(dead("/a/Relu", "/b/Relu"));
    expect(quiet(two, "dead-units@a")).toBe(false);
    expect(quiet(two, "dead-units@a", "dead-units@b")).toBe(true);
    const names = ["enc.w", "dec.w"];
    const lost = healthy(finding("no-gradient", "warning", { kind: "parameter", name: "enc.w, dec.w", nodes: ["/n"] }, names));
    expect(quiet(lost, "no-gradient@enc.w")).toBe(false);
    expect(quiet(lost, "no-gradient@enc", "no-gradient@dec.w")).toBe(true);
  });

  it("does not make a verdict quiet that its own rule is not accepted for", () => {
    expect(quiet(sick(exploding("deep")))).toBe(false);
    expect(quiet(sick(exploding("deep")), "exploding")).toBe(true);
    expect(quiet(sick(exploding("deep"), dead("/a/Relu")), "exploding")).toBe(false);
    expect(quiet(sick(exploding("deep"), dead("/a/Relu")), "exploding", "dead-units")).toBe(true);
    expect(quiet(sick(dead("/a/Relu")), "dead-units")).toBe(false);
  });

  it("does not take the explosion of one chain for that of another", () => {
    expect(quiet(sick(exploding("deep"), exploding("other")), "exploding@deep")).toBe(false);
    expect(quiet(sick(exploding("deep"), { ...exploding("other"), severity: "info" }), "exploding@deep")).toBe(true);
  });

  it("accepts a verdict that no finding speaks of by its name", () => {
    const open: CheckRecord = { ...plain50, verdict: "undecided", findings: [] };
    expect(quiet(open)).toBe(false);
    expect(quiet(open, "dead-units")).toBe(false);
    const made = withAcceptances(open, acceptances(["undecided"]));
    expect([isQuiet(made), made.ignored]).toEqual([true, [{ entry: "undecided", by: "ignore", matched: 1 }]]);
  });

  it.each(RULES)("takes the rule %s, everywhere and at a place with commas in it", (rule) => {
    const place = "blocks.0 ▸ Relu (Relu), backward (model.py:7, model.py:12)";
    const site = { kind: "node", name: "blocks.0 ▸ Relu", nodes: ["/blocks.0/Relu"] } as const;
    const record = healthy({ ...finding(rule, "warning", site), where: place });
    for (const entry of [rule, `${rule}@${place}`, `${rule}@blocks.0 ▸ Relu`, `${rule}@/blocks.0/Relu`]) {
      const given = entriesIn(`norm-folded@other, ${entry} ,collapse`);
      expect(given).toEqual(["norm-folded@other", entry, "collapse"]);
      expect(quiet(record, ...given)).toBe(true);
    }
    expect(quiet(record, `${rule}@elsewhere`)).toBe(false);
  });

  it("takes every verdict but healthy by its name", () => {
    for (const verdict of ["exploding", "vanishing", "mixed", "undecided", "non-finite"] as const) {
      expect(ACCEPTABLE).toContain(verdict);
      expect(quiet({ ...plain50, verdict, findings: [] }, verdict)).toBe(true);
    }
    for (const rule of ["non-finite-forward", "non-finite-backward"]) {
      const lost: CheckRecord = {
        ...plain50,
        verdict: "non-finite",
        findings: [finding(rule, "error", { kind: "node", name: "Log", nodes: ["/Log"] })],
      };
      expect([quiet(lost, "non-finite"), quiet(lost, "non-finite@Log"), quiet(lost, "non-finite@Exp"), quiet(lost, "exploding")]).toEqual([
        true,
        true,
        false,
        false,
      ]);
    }
  });

  it.each([
    ["explodin", /^ignore: there is no rule "explodin" \(expected .*\bvanishing, .*\)\. Did you mean "exploding"\?$/],
    ["exploding@", /names no place/],
    ["undecided@layer3", /names no place/],
    ["", /there is no rule ""/],
  ])("refuses %j", (entry, message) => {
    const refused = (): unknown => acceptances([entry]);
    expect(refused).toThrow(IsogradError);
    expect(refused).toThrow(message);
  });
});
