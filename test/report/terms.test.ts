import { describe, expect, it } from "vitest";
import { checkPage } from "../../src/report/check-page.js";
import { claimsPage } from "../../src/report/claims-page.js";
import { comparePage } from "../../src/report/compare-page.js";
import { TERMS, termOf } from "../../src/report/glossary.js";
import { html, markupOf } from "../../src/report/page/html.js";
import { glossaryHtml, termHtml } from "../../src/report/page/terms.js";
import { phasePage } from "../../src/report/phase-page.js";
import { trainPage } from "../../src/report/train-page.js";
import { diverged, trained } from "./train-samples.js";
import { claims, diagram } from "./claims-samples.js";
import { empty, hostile, lstm50, mlp3, plain50, resnet50, withNaN } from "./samples.js";

const PAGES: Readonly<Record<string, string>> = {
  "a check-up": checkPage(plain50),
  "a check-up with shortcuts": checkPage(resnet50),
  "a check-up with gates": checkPage(lstm50),
  "a check-up of few layers": checkPage(mlp3),
  "a broken check-up": checkPage(withNaN),
  "a check-up of nothing": checkPage(empty),
  "a check-up with hostile names": checkPage(hostile),
  "two check-ups": comparePage(plain50, resnet50),
  claims: claimsPage(claims),
  "a phase diagram": phasePage(diagram),
  "a run of training": trainPage(trained),
  "a run that failed": trainPage(diverged),
  "two runs of training": trainPage(trained, { beside: { record: diverged, name: "b" } }),
};

/** The terms that a page links to, and those that it explains, in the order of the page. */
const linked = (page: string): readonly string[] => [...page.matchAll(/<a class="term" href="#term-([^"]+)" title="[^"]+">/g)].map((m) => m[1]!);
const explained = (page: string): readonly string[] => [...page.matchAll(/<dt id="term-([^"]+)">/g)].map((m) => m[1]!);

describe.each(Object.entries(PAGES))("the terms of %s", (_, page) => {
  it("are those that it links to, each once, in the order of the glossary", () => {
    const used = new Set(linked(page));
    expect(explained(page)).toEqual(TERMS.map((t) => t.id).filter((id) => used.has(id)));
    expect(used.size).toBeGreaterThan(1);
  });

  it("stand at its end, folded", () => {
    const at = page.indexOf('<details class="big" id="terms">');
    expect(at).toBeGreaterThan(page.lastIndexOf("</section>"));
    expect(page.indexOf('<dt id="term-')).toBeGreaterThan(at);
  });

  it("are all that is not plain in its first paragraph", () => {
    const [, text] = /<p class="about">([^<]*)<a href="#terms">at the end<\/a>\.<\/p>/.exec(page)!;
    // Words and commas, no formula and no number; short sentences.
    expect(text).toMatch(/^[A-Z][A-Za-z ,:.-]+ $/);
    for (const sentence of text!.split(". ")) expect(sentence.split(" ").length).toBeLessThan(35);
  });
});

describe("a label with a term", () => {
  it("has the meaning as its description", () => {
    const { meaning } = termOf("cut");
    expect(markupOf(termHtml("cut", "a < b"))).toBe(`<a class="term" href="#term-cut" title="${meaning}">a &lt; b</a>`);
  });

  it("cannot be forged by a name out of a file", () => {
    const forged = markupOf(termHtml("cut", "x"));
    expect(glossaryHtml(html`<p>${forged}</p>`)).toBeUndefined();
  });
});

describe("a page links to", () => {
  it("the verdict, every key number, and what its charts show", () => {
    const used = new Set(linked(PAGES["a check-up"]!));
    for (const id of ["exploding", "growth-per-block", "rise", "scale-free", "law", "cause", "block", "gradient-norm", "rms", "collapse", "severity"])
      expect(used).toContain(id);
    for (const id of ["gated", "inner-chain"])
      expect(new Set(linked(PAGES["a check-up with gates"]!)).has(id)).toBe(id === "gated" || lstm50.trunk.some((r) => r.nesting > 0));
    for (const id of ["supported", "conditional", "arm", "estimate", "predicted-law", "equal"]) expect(linked(PAGES["claims"]!)).toContain(id);
    for (const id of [
      "training-step",
      "loss",
      "validation",
      "update-ratio",
      "clip-share",
      "learning-rate",
      "train-accuracy",
      "gradient-norm",
      "profile",
    ])
      expect(linked(PAGES["a run of training"]!)).toContain(id);
    for (const id of ["sigma-w", "chi", "phase", "critical"]) expect(linked(PAGES["a phase diagram"]!)).toContain(id);
  });
});
