import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { RULES } from "../../src/doctor/index.js";
import { VERDICTS } from "../../src/claims/claim.js";
import { TERMS } from "../../src/report/glossary.js";
import { glossaryMarkdown } from "../../src/report/glossary-text.js";

describe("the glossary", () => {
  it("is what docs/terms.md says", () => {
    expect(readFileSync(new URL("../../docs/terms.md", import.meta.url), "utf8")).toBe(glossaryMarkdown());
  });

  it("has every term once, under an anchor of its own, in whole sentences", () => {
    expect(new Set(TERMS.map((t) => t.id)).size).toBe(TERMS.length);
    expect(new Set(TERMS.map((t) => t.term)).size).toBe(TERMS.length);
    for (const t of TERMS) {
      expect(t.id, t.term).toMatch(/^[a-z][a-z0-9-]*$/);
      expect(t.meaning, t.term).toMatch(/^[A-Zξχ].*\.$/);
    }
  });

  it("explains every verdict of a check-up and of a claim", () => {
    const words = TERMS.map((t) => t.term).join(", ");
    for (const v of ["exploding", "vanishing", "mixed", "healthy", "undecided", ...VERDICTS]) expect(words.toLowerCase()).toContain(v.toLowerCase());
    for (const rule of RULES.filter((r) => ["exploding", "vanishing", "mixed", "collapse"].includes(r))) expect(words).toContain(rule);
  });
});
