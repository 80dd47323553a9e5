import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { columns, padTo, prose, shorten, visible, wrap } from "../../src/report/visible.js";

// Widths as Unicode has them: East Asian Width W and F take two columns, so do emoji; marks take none.
const WIDTHS: readonly (readonly [text: string, width: number])[] = [
  ["", 0],
  ["layer1.weight", 13],
  ["層/畳み込み", 11],
  ["한국어", 6],
  ["ｆｕｌｌ", 8],
  ["ﾊﾝｶｸ", 4],
  ["e\u0301te\u0301", 3],
  ["n\u0303a\u0308\u0323", 2],
  ["😀", 2],
  ["👍🏽", 2],
  ["🇨🇭", 2],
  ["✓ ▲ ×10⁵²¹ ‖∂loss‖", 18],
  ["…", 1],
  ["⠤⠒┤░", 4],
];

describe("text on a terminal", () => {
  it.each(WIDTHS)("%j takes %i columns", (text, width) => {
    expect(columns(text)).toBe(width);
    expect(columns(padTo(text, 24))).toBe(24);
    expect(padTo(text, 24, "right").endsWith(text)).toBe(true);
  });

  it("cuts the middle of a name, never a letter from its accents or an emoji in two", () => {
    expect(shorten("abcdefghij", 5)).toBe("ab…ij");
    expect(shorten("層層層層層", 7)).toBe("層…層層");
    const accents = "e\u0301".repeat(20);
    expect(shorten(accents, 7)).toBe(`${"e\u0301".repeat(3)}…${"e\u0301".repeat(3)}`);
    expect(shorten("👍🏽".repeat(9), 9)).toBe(`${"👍🏽".repeat(2)}…${"👍🏽".repeat(2)}`);
  });

  it("keeps to its columns and loses nothing, whatever it is given", () => {
    const texts = fc
      .array(fc.oneof(fc.string(), fc.constantFrom(...WIDTHS.map(([t]) => t))), { maxLength: 12 })
      .map((words) => visible(words.join(" ")));
    fc.assert(
      fc.property(texts, fc.integer({ min: 8, max: 60 }), (text, width) => {
        expect(columns(shorten(text, width))).toBeLessThanOrEqual(width);
        expect(columns(padTo(text, width))).toBe(width);
        const lines = wrap(text, width);
        for (const l of lines) expect(columns(l)).toBeLessThanOrEqual(width);
        // Line breaks stand where spaces were, or inside a word that is too long.
        expect(lines.join("").replace(/ /g, "")).toBe(text.normalize().replace(/ /g, ""));
      }),
    );
  });

  it("wraps between words, and breaks only those that are longer than a line", () => {
    expect(wrap("one two  three", 8)).toEqual(["one two", "three"]);
    expect(wrap("", 20)).toEqual([""]);
    expect(wrap("abcdefghijklmnopqr", 8)).toEqual(["abcdefgh", "ijklmnop", "qr"]);
    expect(wrap("層層層 層層層", 8)).toEqual(["層層層", "層層層"]);
    // A number keeps its sign.
    expect(wrap(prose("about 95 % of it"), 9)).toEqual(["about", "95\u00a0% of", "it"]);
  });
});
