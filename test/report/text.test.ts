import { describe, expect, it } from "vitest";
import { checkText } from "../../src/report/check-text.js";
import { compareText } from "../../src/report/compare-text.js";
import { statementOf } from "../../src/report/headline.js";
import { HOSTILE, SAMPLES, beyond, empty, hostile, lstm50, plain50, resnet50, skip1000, withNaN } from "./samples.js";

const ANSI = new RegExp(`${String.fromCharCode(27)}\\[\\d+(?:;\\d+)*m`, "g");
/** Columns on a terminal, by the scripts that take two. */
const columnsOf = (line: string): number =>
  // A line of nothing but ASCII needs no closer look.
  /^[ -~]*$/.test(line)
    ? line.length
    : [...new Intl.Segmenter("en").segment(line)].reduce(
        (n, { segment }) => n + (/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u30fc]/u.test(segment) ? 2 : 1),
        0,
      );
const names = Object.keys(SAMPLES);

describe("a check-up as text", () => {
  it.each(names)("%s keeps to its width, with and without colour and tables", (name) => {
    for (const width of [80, 60, 120]) {
      const text = checkText(SAMPLES[name]!, { width, colour: true, table: width === 80 });
      expect(Math.max(...text.replace(ANSI, "").split("\n").map(columnsOf))).toBeLessThanOrEqual(width);
    }
  });

  it.each(names)("%s writes no control character but the end of a line, and colours only when asked", (name) => {
    for (const table of [false, true]) {
      expect(checkText(SAMPLES[name]!, { table })).not.toMatch(/[^\P{C}\n]/u);
      const coloured = checkText(SAMPLES[name]!, { colour: true, table });
      expect(coloured.replace(ANSI, "")).toBe(checkText(SAMPLES[name]!, { table }));
      expect(coloured).toMatch(ANSI);
    }
  });

  it.each(names)("%s says the verdict, the sentence and every finding, the worst first", (name) => {
    const record = SAMPLES[name]!;
    const text = checkText(record).replace(/\s+/g, " ");
    expect(text).toContain(record.verdict.toUpperCase());
    expect(text).toContain(statementOf(record).slice(0, 40));
    const order = [...text.matchAll(/[✗▲•] (error|warning|info): ([\w-]+)/g)].map((m) => [m[1]!, m[2]!] as const);
    expect(order.map((o) => o[1]).sort()).toEqual(record.findings.map((f) => f.rule).sort());
    const rank = order.map((o) => ["error", "warning", "info"].indexOf(o[0]));
    expect(rank).toEqual([...rank].sort());
    if (record.findings.length === 0) expect(text).toContain("nothing found");
    for (const s of record.settings.slice(0, 3)) if (s.what.trim() !== "" && s.what.length < 20) expect(text).toContain(s.value.slice(0, 15));
  });

  it("prints growth beyond a double as a power of ten", () => {
    const text = checkText(beyond);
    expect(text).toContain("×10^521");
    expect(text).toContain("10^400");
    expect(text).not.toMatch(/Infinity|NaN/);
    expect(checkText(skip1000)).toMatch(/\b10\^\d{2,3} ┤/);
  });

  it("plots the curve from the input on the left to the output on the right, large above small", () => {
    const rows = checkText({ ...plain50, fit: null, trunk: plain50.trunk.map((r) => ({ ...r, low: null, high: null })) }).split("\n");
    const start = rows.findIndex((r) => r.startsWith("‖∂loss/∂x‖"));
    const panel = rows.slice(start + 1, start + 10).map((r) => r.slice(9));
    const left = panel.findIndex((r) => /[\u2801-\u28ff]/.test(r.slice(0, 6)));
    const right = panel.findIndex((r) => /[\u2801-\u28ff]/.test(r.slice(60)));
    // It explodes: at the input the gradient is larger.
    expect(left).toBeLessThan(right);
  });

  it("marks where there is no number, and plots blocks and norms along the axis", () => {
    const text = checkText(withNaN);
    expect(text).toContain("░ not a number");
    expect(text).toMatch(/░{3}/);
    expect(text).toContain("0 exactly zero");
    expect(text).toContain("^ infinite");
    expect(checkText(resnet50)).toContain("R residual ×16 (4 projections)");
    expect(checkText(resnet50)).toMatch(/╭R┄*╮/);
    expect(checkText(lstm50)).toMatch(/G gated ×\d+/);
  });

  it("does without a trunk, blocks, settings and findings", () => {
    expect(checkText(empty)).toContain("nothing found");
    const bare = { ...withNaN, trunk: withNaN.trunk.map((r) => ({ ...r, lnGradient: NaN, lnActivation: NaN })) };
    expect(checkText(bare)).toContain("not finite anywhere");
  });

  it("shows every hostile name with its control characters written out", () => {
    const text = checkText(hostile, { table: true });
    expect(text).toContain("\\u{1b}[31mred\\u{7}");
    expect(text).toContain("\\u{202e}");
    expect(text).toContain("(no name)");
    expect(text).not.toContain(HOSTILE[3]);
  });

  it("tells intervals and what they are over", () => {
    expect(checkText(plain50).replace(/\s+/g, " ")).toMatch(/squared norm, output to input; 95 % over blocks: 1\.\d+–1\.\d+/);
    const none = { ...plain50, growth: { ...plain50.growth, gradient: { ...plain50.growth.gradient, low: null, high: null, over: null } } };
    expect(checkText(none).replace(/\s+/g, " ")).toContain("no interval");
  });

  it("tells of a fall with ÷ and of one that ends at zero in words", () => {
    expect(checkText(lstm50)).toMatch(/Fall towards the input +÷/);
    const endless = { value: Infinity, low: Infinity, high: Infinity };
    expect(checkText({ ...lstm50, spread: { rise: { value: 0, low: 0, high: 0 }, fall: endless } })).toMatch(/Fall towards the input +to zero/);
  });

  it("gives a loss scale as a power of two, and says when float16 overflows", () => {
    const p = { lossScale: 1024, lnLossScale: 10 * Math.LN2, lostFloat16: 0.0132, lostBfloat16: 0 };
    expect(checkText({ ...plain50, precision: p }).replace(/\s+/g, " ")).toContain("a loss scale that fits: 1024");
    const beyondDouble = { ...p, lossScale: null, lnLossScale: -1700 * Math.LN2 };
    const text = checkText({ ...plain50, precision: beyondDouble }).replace(/\s+/g, " ");
    expect(text).toContain("In float16 overflows");
    expect(text).toContain("2^-1700");
  });
});

describe("two check-ups as text", () => {
  const pairs = names.map((n, i) => [n, names[(i + 1) % names.length]!] as const);
  it.each(pairs)("%s and %s keep to the width", (a, b) => {
    for (const table of [false, true]) {
      const text = compareText(SAMPLES[a]!, SAMPLES[b]!, { table });
      expect(Math.max(...text.split("\n").map(columnsOf))).toBeLessThanOrEqual(80);
      expect(text).not.toMatch(/[^\P{C}\n]/u);
    }
  });

  it("plots both on one scale", () => {
    const text = compareText(plain50, resnet50);
    const labels = [...text.matchAll(/^ *(10\^-?\d+|1) ┤/gm)].map((m) => m[1]!);
    expect(labels.length).toBeGreaterThan(3);
    expect(labels.slice(0, labels.length / 2)).toEqual(labels.slice(labels.length / 2));
  });

  it("tells findings of one in full, and those of both with the evidence of each", () => {
    const other = { ...plain50, findings: plain50.findings.map((f) => ({ ...f, evidence: `not so: ${f.evidence}` })).slice(0, 1) };
    const text = compareText(plain50, other).replace(/\s+/g, " ");
    expect(text).toContain("only in A");
    expect(text).toContain("in both");
    expect(text).toContain("not so: ");
    expect(text).toContain(plain50.findings[0]!.evidence.slice(0, 60));
  });

  it("tells what was chosen, once where it is the same", () => {
    expect(compareText(plain50, plain50).match(/^chosen/gm)).toHaveLength(1);
    const other = { ...plain50, settings: [{ what: "loss", value: "mse" }] };
    expect(compareText(plain50, other)).toMatch(/chosen for A[^]*chosen for B/);
  });
});
