import { describe, expect, it } from "vitest";
import { pictureOf, placeOn, titleOf } from "../../src/report/claim-picture.js";
import { overviewOf } from "../../src/report/claims-overview.js";
import { claimsPage } from "../../src/report/claims-page.js";
import { markupOf } from "../../src/report/page/html.js";
import { mathHtml, mathSvg } from "../../src/report/page/typography.js";
import type { EvidenceRow } from "../../src/claims/claim.js";
import { numberOf } from "../../src/claims/shared/quantity.js";
import { HOSTILE, RATE, claims, evidenceRow, lines, ownAxis, rows, swept } from "./claims-samples.js";

const html = claimsPage(claims);
const sectionOf = (id: string): string => new RegExp(`<section class="claim" id="${id}"[^]*?</section>`).exec(html)![0];

describe("the picture of a claim", () => {
  it("has a line for every arm, its figures in order of the depth", () => {
    const p = pictureOf(lines)!;
    expect([p.axis, p.scale, p.parts.length, p.left]).toEqual([{ title: "depth L", isDepth: true }, "factor", 1, 0]);
    expect(p.parts[0]!.lines.map((l) => [l.name, l.control, l.points.map((q) => q.x)])).toEqual([
      ["x + W·ReLU(x)", false, [10, 20, 40]],
      ["W·ReLU(x)", true, [10, 20, 40]],
    ]);
    expect(titleOf(p)).toBe("Squared gradient, input over output");
  });

  it("is of the figures that the claim names", () => {
    const other = { ...lines, evidence: { ...lines.evidence, picture: RATE.what } };
    const p = pictureOf(other)!;
    expect([p.axis, p.scale, titleOf(p), p.parts[0]!.lines.length]).toEqual([undefined, "factor", "Growth of the squared gradient per block", 1]);
    expect(pictureOf({ evidence: { ...lines.evidence, figures: [] } })).toBeUndefined();
  });

  it("reads the scale from the quantity, never from its name, and plots numbers of records without one as they are", () => {
    const named = (what: string, quantity: EvidenceRow["quantity"]): ReturnType<typeof pictureOf> =>
      pictureOf({
        evidence: { ...lines.evidence, picture: what, figures: lines.evidence.figures.slice(0, 3).map((f) => ({ ...f, what, quantity })) },
      });
    const log = named("its size, as a logarithm", { kind: "logarithm", of: "its size" })!;
    expect([log.scale, titleOf(log)]).toEqual(["factor", "Its size"]);
    const number = named("ln of a name only", { kind: "number", of: "ln of a name only" })!;
    expect([number.scale, titleOf(number)]).toEqual(["linear", "Ln of a name only"]);
    const old = pictureOf({ evidence: { ...lines.evidence, figures: lines.evidence.figures.map(({ quantity: _, ...row }) => row) } })!;
    expect([old.scale, titleOf(old)]).toEqual(["linear", "Ln of the squared gradient, input over output"]);
  });

  it("is parted by what all arms are swept over, markers kept, when one part would hold too many", () => {
    const p = pictureOf(swept)!;
    expect(p.parts.map((part) => part.title)).toEqual(["χ = 0.25", "χ = 1", "χ = 4", "χ = 20"]);
    for (const part of p.parts) {
      expect(part.lines.map((l) => [l.name, l.marker])).toEqual([
        ["Highway, b = -1", 0],
        ["Highway, b = -3", 1],
        ["plain", 2],
      ]);
    }
    const figures = Array.from({ length: 20 }, (_, i) =>
      [1, 2].map((depth) => evidenceRow(numberOf("x"), { arm: `arm ${i}`, value: i, depth })),
    ).flat();
    const many = pictureOf({ evidence: { ...lines.evidence, figures } })!;
    expect(many.parts.map((part) => part.lines.length)).toEqual([7, 7, 6]);
    expect(new Set(many.parts.flatMap((part) => part.lines.map((l) => l.name))).size).toBe(20);
  });

  it("joins arms that have one point each along the axis that they are swept over", () => {
    const p = pictureOf(ownAxis)!;
    expect(p.axis).toEqual({ title: "n·s²", isDepth: false });
    expect(p.parts[0]!.lines.map((l) => [l.name, l.points.length])).toEqual([
      ["plain", 9],
      ["skip", 9],
    ]);
    for (const l of p.parts[0]!.lines) expect(l.points.map((q) => q.x)).toEqual([...l.points.map((q) => q.x)].sort((a, b) => a - b));
  });

  it("is in rows where every arm has one number, logarithmic where these span more than a factor of 30", () => {
    const p = pictureOf(rows)!;
    expect([p.axis, p.scale, p.parts[0]!.lines.length]).toEqual([undefined, "logarithmic", 3]);
    expect(placeOn("logarithmic", 100)).toBe(2);
    expect(placeOn("factor", Math.log(1000))).toBeCloseTo(3, 12);
    expect(placeOn("linear", 7)).toBe(7);
  });

  it("names what all arms share once", () => {
    const p = pictureOf(claims.claims.find((c) => c.id === "copied-gradient")!)!;
    expect([p.shared, p.left]).toEqual(["x + W·ReLU(x)", 2]);
    expect(p.parts[0]!.lines.map((l) => l.name)).toContain("branch gain 0.05");
  });
});

describe("the picture of the answer", () => {
  it("shows what was measured, and invents no curve", () => {
    const names = overviewOf(claims)!.parts[0]!.lines.map((l) => l.name);
    expect(names).toEqual([
      "bare skip, x + F(x)",
      "BatchNorm, no skip",
      "skip, BatchNorm in the branch",
      "scaled skip, x + F(x)/√L",
      "plain, F(x)",
      "Highway, gate bias −1",
    ]);
    const less = overviewOf({ ...claims, claims: [lines] })!.parts[0]!.lines;
    expect(less.map((l) => l.name)).toEqual(["bare skip, x + F(x)", "plain, F(x)"]);
    expect(less[0]!.points.map((p) => p.row)).toEqual(lines.evidence.figures.slice(0, 3));
    expect(overviewOf({ ...claims, claims: [rows] })).toBeUndefined();
    expect(claimsPage({ ...claims, claims: [rows], answer: "" })).toContain("None of the claims that answer it was decided here.");
  });
});

describe("the page of the claims", () => {
  it("has the answer, and of every claim sentence, verdict, numbers, rule and command", () => {
    expect(html.includes("A bare skip turns a growth of g<sup>L</sup> into (1 + g)<sup>L</sup>")).toBe(true);
    for (const c of claims.claims) {
      const section = sectionOf(c.id);
      for (const text of [c.verdict, c.sentence, `<code>${c.command}</code>`]) expect(section.includes(text), `${c.id} ${text}`).toBe(true);
      expect(section.includes("<svg class")).toBe(c.evidence.figures.length > 0);
      expect([...section.matchAll(/<tbody>[^]*?<\/tbody>/g)].flatMap((m) => [...m[0].matchAll(/<tr>/g)])).toHaveLength(c.evidence.figures.length);
      expect(section.includes("SUPPORTED: it grows by more than 5\u00a0% a block."), c.id).toBe(c.evidence.rule !== null);
      expect(section.includes("Not measured yet")).toBe(c.evidence.missing !== null);
      expect(html.includes(`href="#${c.id}"`)).toBe(true);
    }
  });

  it("has a column of factors for logarithms alone", () => {
    expect(sectionOf(lines.id).match(/As a factor/g)).toHaveLength(2);
    expect(sectionOf(rows.id)).not.toContain("As a factor");
  });

  it("plots every finite number where it is", () => {
    const wide = /<svg class="wide"[^]*?<\/svg>/.exec(sectionOf(lines.id))![0];
    const marks = [...wide.matchAll(/<g class="point" data-at="([\d.]+)" data-head="(L = \d+)" data-name="([^"]+)" data-words="([^"]+)"/g)];
    expect(marks.map((m) => m.slice(1, 4))).toEqual([
      ["0.2445", "L = 10", "x + W·ReLU(x)"],
      ["0.4890", "L = 20", "x + W·ReLU(x)"],
      ["0.9780", "L = 40", "x + W·ReLU(x)"],
      ["0.2445", "L = 10", "W·ReLU(x)"],
      ["0.4890", "L = 20", "W·ReLU(x)"],
      ["0.9780", "L = 40", "W·ReLU(x)"],
    ]);
    expect(marks[2]![4]).toBe("×1.0×10¹², ×2.5×10¹¹ to ×4.1×10¹²; law ×9.7×10¹¹");
    const [top, bottom] = /data-y="([\d.]+) ([\d.]+)"/.exec(wide)!.slice(1).map(Number) as [number, number];
    const [low, high] = /data-v="(\S+) (\S+)"/.exec(wide)!.slice(1).map(Number) as [number, number];
    const centres = [...wide.matchAll(/<circle cx="[\d.]+" cy="([\d.]+)"/g)].map((m) => Number(m[1]));
    const wanted = lines.evidence.figures.slice(0, 3).map((f) => top + ((high - f.measured.value / Math.LN10) / (high - low)) * (bottom - top));
    centres.forEach((c, i) => expect(c).toBeCloseTo(wanted[i]!, 0));
    expect(centres).toHaveLength(3);
  });

  it("says what it cannot plot, and writes no coordinate that is not a number", () => {
    expect(sectionOf("copied-gradient")).toContain("2 of the numbers are not finite: they stand in the table only.");
    const plotted = [...html.matchAll(/ (?:d|x|y|x1|x2|y1|y2|cx|cy|r|width|height|viewBox|data-x|data-y|data-v|data-at)="([^"]*)"/g)].map(
      (m) => m[1]!,
    );
    expect(plotted.length).toBeGreaterThan(500);
    for (const d of plotted) expect(d).not.toMatch(/NaN|Infinity|undefined|e[+-]\d/);
    expect(/undefined|\[object/.exec(html.replace(/<script>[^]*?<\/script>/, ""))?.[0]).toBeUndefined();
  });

  it("has every id once, and lets no text become markup or stay invisible", () => {
    const ids = [...html.matchAll(/ id="([^"]+)"/g)].map((m) => m[1]!);
    expect(new Set(ids).size).toBe(ids.length);
    const text = html.replace(/<(style|script)>[^]*?<\/\1>/g, "");
    expect(text.includes(HOSTILE)).toBe(false);
    expect(text.includes("&lt;script&gt;")).toBe(true);
    expect(/[\u0000-\u0008\u000b-\u001f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/.exec(text)?.index).toBeUndefined();
  });

  it("loads nothing", () => {
    expect(/<(img|iframe|object|link rel="stylesheet"|script src)/.exec(html)).toBeNull();
    expect(/<style>([^]*?)<\/style>/.exec(html)![1]!).not.toMatch(/@import|url\(|https?:/);
    expect(html.includes("default-src 'none'")).toBe(true);
  });

  it("prints formulas as mathematics", () => {
    expect(markupOf(mathHtml("((1 + g)/g)^L at σ_w² = 4, L^1.467, b = -1, -x, no_word_ends"))).toBe(
      "((1 + g)/g)<sup>L</sup> at σ<sub>w</sub>² = 4, L<sup>1.467</sup>, b = −1, -x, no_word_ends",
    );
    expect(markupOf(mathSvg("σ_w² < 4"))).toBe('σ<tspan dy="3" class="script">w</tspan><tspan dy="-3">² &lt; 4</tspan>');
    expect(markupOf(mathSvg("g^L"))).toBe('g<tspan dy="-4" class="script">L</tspan>');
  });
});
