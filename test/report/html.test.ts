import { readFileSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { attributes, html, joined, markupOf, raw, svg } from "../../src/report/page/html.js";
import type { Content } from "../../src/report/page/html.js";
import { mathHtml, mathSvg, nameHtml } from "../../src/report/page/typography.js";
import { HOSTILE } from "./samples.js";
import { STYLE } from "../../src/report/page/style.js";
import { SEVERITIES } from "../../src/study/finding-record.js";
import { DECISIONS } from "../../src/verdict/types.js";

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };
/** What a browser reads where entities stand. */
const decoded = (text: string): string => text.replace(/&([a-z]+|#39);/g, (_, name: string) => ENTITIES[name]!);

describe("the template of markup", () => {
  it("escapes text in content and in attributes, so that a browser reads what was given", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const [, attribute, content] = /^<td title="([^"<>]*)">([^<>]*)<\/td>$/s.exec(markupOf(html`<td title="${text}">${text}</td>`))!;
        expect([decoded(attribute!), decoded(content!)]).toEqual([text, text]);
      }),
    );
    for (const h of HOSTILE) expect(decoded(markupOf(html`<b>${h}</b>`).slice(3, -4))).toBe(h);
  });

  it("lets markup pass as it is, joins lists, and makes nothing of what is undefined, null or false", () => {
    const item = (n: number): Content => html`<li>${n}</li>`;
    const none: Content = [undefined, null, false];
    expect(markupOf(html`<ul>${[1, 2].map(item)}${none}</ul>`)).toBe("<ul><li>1</li><li>2</li></ul>");
    expect(markupOf(svg`<g>${svg`<path d="${"M0,0"}"/>`}${0}${""}</g>`)).toBe('<g><path d="M0,0"/>0</g>');
    expect(markupOf(joined([html`a`, html``, html`b`], " & "))).toBe("a &amp; b");
    expect(markupOf(joined([html`a`, html`b`], html`<br>`))).toBe("a<br>b");
  });

  it("leaves out line breaks of the template and the indentation behind them, and keeps those of values", () => {
    expect(
      markupOf(html`
        <p>one two</p>
        <pre>${"a\n  b"}</pre>`),
    ).toBe("<p>one two</p><pre>a\n  b</pre>");
  });

  it("writes attributes, without those that are undefined or false", () => {
    expect(markupOf(html`<td${attributes({ class: 'a"b', "data-v": 3, title: undefined, hidden: true, checked: false })}></td>`)).toBe(
      '<td class="a&quot;b" data-v="3" hidden></td>',
    );
    expect(() => attributes({ 'x="1" onclick': "alert(1)" })).toThrow(TypeError);
  });

  it("refuses what could break out of a tag or of an attribute", () => {
    expect(() => html`<td title="${html`<b>x</b>`}"></td>`).toThrow(/text, not markup/);
    expect(() => html`<td ${"onclick=alert(1)"}></td>`).toThrow(/attributes\(\)/);
    expect(() => html`<td title=${"x"}></td>`).toThrow(/quotes/);
    expect(() => html`<td title='${"it's"}>`).toThrow(/stays open/);
    expect(markupOf(html`<td title='${"it's"}'>a < b, "c" and it's</td>`)).toBe(`<td title='it&#39;s'>a < b, "c" and it's</td>`);
  });

  it("cannot be given a thing that merely looks like markup", () => {
    const forged = JSON.parse('{ "markup": "<script>alert(1)</script>" }') as Content;
    expect(markupOf(html`<p>${forged}</p>`)).not.toContain("<script>");
  });

  it("shows every name of a file as text, isolated, and every formula without markup of its own", () => {
    for (const h of HOSTILE) {
      expect(markupOf(nameHtml(h))).toMatch(/^<bdi>[^<>\p{Cc}\p{Cf}]*<\/bdi>$/u);
      expect(markupOf(mathHtml(`${h} g^L`)).replace(/<\/?su[pb]>/g, "")).toMatch(/^[^<>\p{Cc}\p{Cf}]*$/u);
      expect(markupOf(mathSvg(`${h} σ_w`)).replace(/<\/?tspan[^>]*>/g, "")).toMatch(/^[^<>\p{Cc}\p{Cf}]*$/u);
    }
    expect(markupOf(mathHtml("(1 < 2)^(a<b) at 3.1e-5"))).toBe("(1 &lt; 2)<sup>(a&lt;b)</sup> at 3.1×10<sup>−5</sup>");
  });
});

const folder = fileURLToPath(new URL("../../src/report", import.meta.url));
const files = (readdirSync(folder, { recursive: true }) as string[]).filter((f) => f.endsWith(".ts")).map((f) => join(folder, f));
const sourceOf = (file: string): ts.SourceFile => ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);

/** Calls a function on every node of a file. */
function visit(node: ts.Node, see: (node: ts.Node) => void): void {
  see(node);
  node.forEachChild((child) => visit(child, see));
}

describe("the source of the pages", () => {
  it("has markup in html and svg templates alone", () => {
    const wrong: string[] = [];
    for (const file of files) {
      const source = sourceOf(file);
      visit(source, (node) => {
        if (!ts.isStringLiteralLike(node) && !ts.isTemplateExpression(node)) return;
        const { parent } = node;
        if (ts.isTaggedTemplateExpression(parent) && /^(html|svg)$/.test(parent.tag.getText(source))) return;
        const text = ts.isTemplateExpression(node)
          ? [node.head, ...node.templateSpans.map((s) => s.literal)].map((p) => p.text).join("…")
          : node.text;
        if (/<\/?[a-z!]/i.test(text)) wrong.push(`${relative(folder, file)}: ${text.slice(0, 60)}`);
      });
    }
    expect(wrong).toEqual([]);
  });

  it("takes strings for markup in one place: the style sheet and the script of the page", () => {
    const found = files.flatMap((file) => {
      const calls: string[] = [];
      visit(sourceOf(file), (node) => {
        if (ts.isCallExpression(node) && node.expression.getText() === "raw") calls.push(`${relative(folder, file)}: ${node.getText()}`);
      });
      return calls.filter((c) => !c.startsWith("page/html.ts"));
    });
    expect(found).toEqual(["page/document.ts: raw(STYLE)", "page/document.ts: raw(SCRIPT)"]);
    expect(markupOf(raw("<b>"))).toBe("<b>");
    // Nobody escapes by hand, or takes the function of that name that JavaScript has.
    for (const file of files) expect(readFileSync(file, "utf8"), file).not.toMatch(/\bescape\(|&(?:lt|gt|quot|amp);(?!")/);
  });

  it("formats numbers for people in one module; coordinates have their own", () => {
    const wrong = files.filter((f) => !f.endsWith("page/coordinates.ts") && /\.(toFixed|toPrecision|toExponential)\(/.test(readFileSync(f, "utf8")));
    expect(wrong.map((f) => relative(folder, f))).toEqual([]);
  });
});

it("gives every verdict and every severity a tone of its own, the bar beside it too", () => {
  const toned = [...STYLE.matchAll(/^((?:\.[\w-]+,?)+)\{--tone:|\}((?:\.[\w-]+,?)+)\{--tone:/gm)].flatMap((m) => (m[1] ?? m[2])!.split(","));
  expect([...DECISIONS, ...SEVERITIES].filter((word) => !toned.includes(`.${word}`))).toEqual([]);
});
