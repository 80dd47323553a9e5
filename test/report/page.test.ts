import { describe, expect, it } from "vitest";
import { checkPage } from "../../src/report/check-page.js";
import { comparePage } from "../../src/report/compare-page.js";
import type { CheckRecord, Finding } from "../../src/study/check-record.js";
import { magnitude } from "../../src/util/format.js";
import { MOST_ROWS } from "../../src/report/page/table.js";
import { checkChain } from "./nets.js";
import { trainPage } from "../../src/report/train-page.js";
import { RUNS, residual } from "./train-samples.js";
import { HOSTILE, SAMPLES, beyond, hostile, huge, lstm50, plain50, resnet50, withNaN } from "./samples.js";

const names = Object.keys(SAMPLES);
const pages: readonly (readonly [string, string])[] = [
  ...names.map((n) => [n, checkPage(SAMPLES[n]!)] as const),
  ...names
    .map((n, i) => [`${n} and its neighbour`, SAMPLES[n]!, SAMPLES[names[(i + 1) % names.length]!]!] as const)
    // One pair of the largest is enough.
    .filter(([, a, b]) => a.trunk.length + b.trunk.length < 4000 || a === huge)
    .map(([n, a, b]) => [n, comparePage(a, b)] as const),
  ...Object.entries(RUNS).map(([n, run]) => [`the run ${n}`, trainPage(run)] as const),
  ...Object.entries(RUNS).map(
    ([n, run]) => [`the run ${n} beside another`, trainPage(run, { beside: { record: residual, name: "b" }, name: "a" })] as const,
  ),
];

const VOID = new Set(["meta", "link", "input", "br", "rect", "path", "line", "circle"]);
const TAG = /<(\/?)([a-zA-Z][\w-]*)((?:\s+[\w-]+(?:="[^"]*")?)*)\s*(\/?)>/g;

const parsed = new Map<string, readonly Tag[]>();
const tagsOf = (html: string): readonly Tag[] => parsed.get(html) ?? parsed.set(html, parse(html)).get(html)!;

/** What a reader sees. */
const textOf = (html: string): string => html.replace(TAG, "");

interface Tag {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
}

/** Tags in order; throws where one closes what is not open, or where a < is no tag. */
function parse(html: string): readonly Tag[] {
  const body = html.replace(/<(style|script)>[^]*?<\/\1>/g, "<$1></$1>").replace(/^<!doctype html>/, "");
  const found: Tag[] = [];
  const open: string[] = [];
  for (const [, closing, name = "", attributes = "", self] of body.matchAll(TAG)) {
    if (closing === "/") {
      if (open.pop() !== name) throw new Error(`</${name}> closes nothing`);
      continue;
    }
    found.push({ name, attributes: new Map([...attributes.matchAll(/([\w-]+)(?:="([^"]*)")?/g)].map((m) => [m[1]!, m[2] ?? ""])) });
    if (self !== "/" && !VOID.has(name)) open.push(name);
  }
  if (open.length > 0) throw new Error(`not closed: ${open.join(", ")}`);
  if (body.replace(TAG, "").includes("<")) throw new Error("a < that is no tag");
  return found;
}

describe("a check-up as a page", () => {
  it.each(pages)("%s is well-formed, and its ids are its own", (_, html) => {
    const tags = tagsOf(html);
    const ids = tags.flatMap((t) => t.attributes.get("id") ?? []);
    expect(ids.length).toBe(new Set(ids).size);
    for (const t of tags) {
      for (const key of ["aria-labelledby", "data-tables"]) {
        for (const id of (t.attributes.get(key) ?? "").split(" ").filter((v) => v !== "")) expect(ids).toContain(id);
      }
      const href = t.attributes.get("href");
      if (href?.startsWith("#")) expect(ids).toContain(href.slice(1));
    }
  });

  it.each(pages)("%s loads nothing and runs no script but its own", (_, html) => {
    const tags = tagsOf(html);
    expect(tags.filter((t) => t.name === "script")).toHaveLength(1);
    expect(tags.filter((t) => /^(img|iframe|object|embed|form|video|audio|base|use|image|foreignObject)$/i.test(t.name))).toEqual([]);
    const all = tags.flatMap((t) => [...t.attributes]);
    const loads = /^(on.*|src|srcset|action|xlink:href|background|poster)$/i;
    expect(all.filter(([key, v]) => loads.test(key) || (key === "href" && !/^(#|data:,$)/.test(v)) || /url\((?!#)|javascript:/i.test(v))).toEqual([]);
    const style = /<style>([^]*?)<\/style>/.exec(html)![1]!;
    expect(style).not.toMatch(/@import|url\(|https?:/);
    expect(/<script>([^]*?)<\/script>/.exec(html)![1]!).not.toMatch(/fetch|XMLHttp|WebSocket|import\(|eval|innerHTML|https?:/);
    expect(html).toContain("default-src 'none'");
  });

  it.each(pages)("%s has a table behind every chart", (_, html) => {
    const figures = [...html.matchAll(/<figure[^>]*data-tables="([^"]+)"[^>]*>([^]*?)<\/figure>/g)];
    const charts = [...html.matchAll(/<svg class="(?:wide|narrow)"/g)].length;
    expect([
      ...figures
        .map((f) => f[2]!)
        .join("")
        .matchAll(/<svg class="(?:wide|narrow)"/g),
    ]).toHaveLength(charts);
    for (const [, ids, inside] of figures) {
      const tables = ids!.split(" ").map((id) => new RegExp(`<table id="${id}"[^>]*>([^]*?)</table>`).exec(html)![1]!);
      for (const [, key, t] of inside!.matchAll(/<circle class="dot [^"]*" data-k="([^"]+)" data-t="(\d)"/g)) {
        // The column that a curve is read from exists and holds numbers.
        const heads = [...tables[Number(t)]!.matchAll(/<th [^>]*>/g)].map((m) => /data-k="([^"]+)"/.exec(m[0])?.[1]);
        expect(heads).toContain(key);
      }
    }
  });

  it.each(["plain50", "resnet50", "withNaN", "lstm50"])("%s: the table holds the record's numbers", (name) => {
    const record = SAMPLES[name]!;
    const table = /<table id="trunk"[^]*?<\/table>/.exec(checkPage(record))![0];
    const rows = [...table.matchAll(/<tr data-x[^>]*>([^]*?)<\/tr>/g)].map((m) => m[1]!);
    expect(rows).toHaveLength(record.trunk.length);
    record.trunk.forEach((r, i) => {
      const cells = [...rows[i]!.matchAll(/<td[^>]*>([^]*?)<\/td>/g)].map((m) => m[1]!);
      expect(cells[0]).toBe(String(r.depth));
      expect(cells[3]).toBe(magnitude(r.lnGradient, "page"));
      const sortable = /data-v="([^"]*)"/.exec(rows[i]!.split("<td")[4]!)![1]!;
      if (r.lnGradient !== null && Number.isFinite(r.lnGradient)) expect(Number(sortable)).toBeCloseTo(r.lnGradient / Math.LN10, 5);
    });
  });

  it("samples a table that has no end, ends included, and says so", () => {
    const table = /<table id="trunk"[^]*?<\/table>/.exec(checkPage(huge))![0];
    const xs = [...table.matchAll(/<tr data-x="([^"]+)"/g)].map((m) => Number(m[1]));
    expect(xs).toHaveLength(MOST_ROWS);
    expect([xs[0], xs.at(-1)]).toEqual([0, 1]);
    expect(table).toContain("1,500 of 10,001 rows");
    expect(checkPage(huge).length).toBeLessThan(3e6);
  });

  it("lets no name of a file become markup, or stay invisible", () => {
    for (const html of [checkPage(hostile), comparePage(hostile, plain50), comparePage(hostile, hostile)]) {
      tagsOf(html);
      const text = html.replace(/<(style|script)>[^]*?<\/\1>/g, "");
      for (const h of HOSTILE.slice(0, 3)) expect(text).not.toContain(h);
      expect(text).toContain("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;");
      expect(text).toContain("\\u{202e}");
      expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/);
      expect(text).not.toMatch(/\p{Cs}/u);
    }
  });

  it("plots growth beyond a double", () => {
    const html = checkPage(beyond);
    expect(html).toContain("10⁵²¹");
    expect(html).toContain(">10⁴⁰⁰</text>");
    expect(html.replace(/<script>[^]*?<\/script>/, "").replace(/ data-v="[^"]*"/g, "")).not.toMatch(/Infinity|undefined|NaN/);
  });

  it("writes no coordinate that is not a number", () => {
    for (const [, html] of pages) {
      const plotted = [...html.matchAll(/ (?:d|x|y|x1|x2|y1|y2|cx|cy|r|width|height|viewBox|data-x|data-y)="([^"]*)"/g)].map((m) => m[1]!);
      for (const d of plotted) expect(d).not.toMatch(/NaN|Infinity|undefined|e[+-]\d/);
    }
  });

  it("hatches what is no number, and marks what is infinite or zero", () => {
    const html = checkPage(withNaN);
    expect(html).toMatch(/<rect class="nan"/);
    expect(html).toContain(">NaN</text>");
    expect(html).toContain("hatched: not a number");
    expect(html).toContain("∞: beyond the range of the arithmetic");
    expect(html).toContain("0: exactly zero");
    expect(comparePage(plain50, withNaN)).toContain(">B: NaN</text>");
  });

  it("breaks the curve at its gaps", () => {
    const main = /<svg class="wide"[^]*?<\/svg>/.exec(checkPage(withNaN))![0];
    const finite = withNaN.trunk.map((r) => r.lnGradient !== null && Number.isFinite(r.lnGradient));
    const runs = finite.filter((f, i) => f && !finite[i - 1]).length;
    expect([...main.matchAll(/<path class="l-gradient"/g)].length + [...main.matchAll(/<circle class="c-gradient"[^>]*r="2.5"/g)].length).toBe(runs);
  });

  it("plots skips, projections, gates, norms and inner chains along the axis", () => {
    const strip = (r: CheckRecord): string => /<g class="strip">[^]*?<\/g>/.exec(checkPage(r))![0];
    expect([...strip(resnet50).matchAll(/class="arc a-residual s-identity"/g)]).toHaveLength(12);
    expect([...strip(resnet50).matchAll(/class="arc a-residual s-projection"/g)]).toHaveLength(4);
    expect([...strip(resnet50).matchAll(/class="norm-mark"/g)].length).toBeGreaterThanOrEqual(16);
    expect(strip(lstm50)).toContain("gate");
    expect(strip(lstm50)).toContain("nested");
  });

  it("plots the law that was fitted, and the interval", () => {
    const html = checkPage(plain50);
    expect(html).toContain('<path class="law"');
    expect(html).toContain('class="band b-gradient"');
    expect(checkPage({ ...plain50, law: "undetermined" })).not.toMatch(/<path class="law" d="M\d/);
    const fit = { label: "a power of the depth", points: [0, 75, 150].map((depth) => ({ depth, lnGradient: -depth / 50 })) };
    expect(textOf(checkPage({ ...plain50, law: "sub-exponential", fit }))).toContain("law fitted: a power of the depth");
  });

  it.each(["3e5", "10^2"])("shows a module that is called %s by its name, beside numbers that are printed", async (name) => {
    const named =
      (layer: number) =>
      (l: number): string =>
        l === layer ? name : `fc${l}`;
    const broken = checkPage(await checkChain({ layers: 12, planted: NaN, name: named(6) }));
    expect(textOf(broken)).toContain(`${name}.weight holds NaN`);
    const ill = await checkChain({ layers: 12, variance: 400, activation: "Tanh", name: named(0) });
    const cards = /<ul class="cards">[^]*?<\/ul>/.exec(checkPage(ill))![0];
    expect(textOf(cards)).toContain(`of 8 in ${name} ▸ act`);
    expect(textOf(cards)).toContain(`${name}.weight ×5.4×10⁻⁶, fc1.weight ×1.3×10⁻⁵`);
    expect(JSON.stringify(ill.findings)).toContain(`${name}.weight ×5.4e-6, fc1.weight ×1.3e-5`);
    for (const html of [broken, cards, comparePage(ill, ill)]) expect(html).not.toMatch(/3×10[<⁵]|10<sup>2<|10²\b/);
  });

  it("shows the sentences of older findings, which have no facts, as they were written", () => {
    const [{ site: _site, facts: _facts, ...finding }] = plain50.findings as [Finding];
    const older = { ...finding, evidence: "layer 3e5 grows ×3.1e5 and 10^-520." };
    expect(textOf(checkPage({ ...plain50, findings: [older] }))).toContain("layer 3e5 grows ×3.1e5 and 10^-520.");
  });

  it("says what the verdict says without its name, or in older records the whole sentence", () => {
    const told = (record: CheckRecord): string => /<p class="sentence">([^]*?)<\/p>/.exec(checkPage(record))![1]!;
    const sentence = "Exploding: it grows.";
    expect(told({ ...plain50, sentence, statement: "It grows." })).toBe("It grows.");
    expect(told({ ...plain50, sentence })).toBe(sentence);
  });

  it("raises exponents in the verdict", () => {
    const told = (sentence: string): string => /<p class="sentence">([^]*?)<\/p>/.exec(checkPage({ ...plain50, sentence }))![1]!;
    expect(told("It grows ×10^49.7 and 3.1e-5, 10^-520.")).toBe("It grows ×10<sup>49.7</sup> and 3.1×10<sup>−5</sup>, 10<sup>−520</sup>.");
  });
});

describe("two check-ups as a page", () => {
  const html = comparePage(plain50, resnet50);

  it("has both curves in one chart, over shares of the depth where the depths differ", () => {
    const main = /<svg class="wide"[^]*?<\/svg>/.exec(html)![0];
    expect(main).toContain('class="l-gradient"');
    expect(main).toContain('class="l-second"');
    expect(main).toContain("share of the depth");
    expect(comparePage(plain50, plain50)).toContain("depth: cuts of the trunk");
  });

  it("tells each network's blocks, key numbers and findings under its letter", () => {
    expect(html).toContain("residual blocks: A 0, B 16");
    expect(html).toMatch(/Only in <span class="word-gradient">A<\/span>/);
    const numbers = /<table id="key-numbers"[^]*?<\/table>/.exec(html)![0];
    expect(textOf(/<tr><td class="l">[^]*?<\/td>/.exec(numbers)![0])).toBe("Growth per block");
  });
});
