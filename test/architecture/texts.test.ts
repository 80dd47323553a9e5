import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readings } from "./texts.js";

const src = fileURLToPath(new URL("../../src", import.meta.url));
const files = readdirSync(src, { recursive: true, encoding: "utf8" })
  .map((f) => f.replaceAll("\\", "/"))
  .filter((f) => /^(claims|report)\/.*\.ts$/.test(f) || /^study\/claims[^/]*\.ts$/.test(f));
const found = new Map(files.map((f) => [f, readings(f, readFileSync(join(src, f), "utf8"))]));

/** Files that look into texts, and why they may. */
const ALLOWED: Readonly<Record<string, string>> = {
  "report/align.ts": "blocks of two files are paired by their names, which the files chose",
  "report/prediction-text.ts": "names of blocks are those of a file",
  "report/visible.ts": "names out of a file are made visible, and lines are broken at blanks",
  "report/page/html.ts": "text is escaped, and templates are checked",
  "report/page/svg-map.ts": "a number loses the zero before its point where there is little room",
  "report/page/typography.ts": "a page sets every text as mathematics",
};

describe("nothing is read back out of a text that the program made", () => {
  it("looks into no text in claims and report, but in the places that have a reason", () => {
    expect(files.length).toBeGreaterThan(80);
    const wrong = [...found].flatMap(([f, list]) => (f in ALLOWED ? [] : list.map((r) => `${f}:${r.line} ${r.code}`)));
    expect(wrong).toEqual([]);
  });

  it("allows no place that looks into no text", () => {
    expect(Object.keys(ALLOWED).filter((f) => (found.get(f) ?? []).length === 0)).toEqual([]);
  });

  it.each([
    ['if (what.startsWith("ln ")) columns.push(factor);'],
    ['const words = row.what.replace("ln of ", "");'],
    ["const scale = /of that logarithm/.test(what) ? 1 : 2;"],
    ['const scale = new RegExp("ln").test(what) ? 1 : 2;'],
    ['const clip = arm.name.slice(kind.name.length + "; ".length);'],
    ["const nested = list.some((c) => pattern(c) || /,|;/.test(c));"],
    ['const part = label(factors).split("; ");'],
    ['const isDifference = row.sentence.includes("more than");'],
    ['const first = claim.summary!.indexOf(":");'],
  ])("finds %s", (source) => {
    expect(readings("a.ts", source)).toEqual([{ line: 1, code: source }]);
  });

  it.each([
    ["const last = depths.slice(-2);"],
    ["const asked = CLAIMS.filter((c) => ids.includes(c.id));"],
    ["const rest = labelParts(factors).slice(1);"],
    ["const rows = figures.filter((f) => f.what === what);"],
    ['// what.startsWith("ln ")'],
    ['const text = "never what.split here";'],
  ])("leaves alone %s", (source) => {
    expect(readings("a.ts", source)).toEqual([]);
  });
});
