import { readFileSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { RULES } from "../../src/doctor/index.js";
import { VERDICTS } from "../../src/claims/claim.js";
import { GLOSSARY, TERMS } from "../../src/report/glossary.js";
import { glossaryMarkdown } from "../../src/report/glossary-text.js";

/** The anchor that GitHub gives to a heading. */
const slug = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");
const docs = new URL("../../docs/", import.meta.url);

describe("the glossary", () => {
  it("is what docs/terms.md says", () => {
    expect(readFileSync(new URL("../../docs/terms.md", import.meta.url), "utf8")).toBe(glossaryMarkdown());
  });

  it("has every term once, under an anchor of its own, in whole sentences", () => {
    expect(new Set(TERMS.map((t) => t.id)).size).toBe(TERMS.length);
    expect(new Set(TERMS.map((t) => t.term)).size).toBe(TERMS.length);
    expect(new Set(TERMS.map((t) => slug(t.term))).size).toBe(TERMS.length);
    for (const t of TERMS) {
      expect(t.id, t.term).toMatch(/^[a-z][a-z0-9-]*$/);
      expect(t.meaning, t.term).toMatch(/^[A-Zξχ].*\.$/);
    }
  });

  it("has every term that a document links to", () => {
    const anchors = new Set([...TERMS.map((t) => t.term), ...GLOSSARY.map((g) => g.title)].map(slug));
    const links = readdirSync(docs)
      .filter((f) => f.endsWith(".md"))
      .flatMap((f) => [...readFileSync(new URL(f, docs), "utf8").matchAll(/\]\(terms\.md#([^)]+)\)/g)].map((m) => `${f}: ${m[1]!}`));
    expect(links.length).toBeGreaterThan(20);
    expect(links.filter((l) => !anchors.has(l.split(": ")[1]!))).toEqual([]);
  });

  it("explains every verdict of a check-up and of a claim", () => {
    const words = TERMS.map((t) => t.term).join(", ");
    for (const v of ["exploding", "vanishing", "mixed", "healthy", "undecided", ...VERDICTS]) expect(words.toLowerCase()).toContain(v.toLowerCase());
    for (const rule of RULES.filter((r) => ["exploding", "vanishing", "mixed", "collapse"].includes(r))) expect(words).toContain(rule);
  });
});
