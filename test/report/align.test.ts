import { describe, expect, it } from "vitest";
import { alignBlocks, gainRatio, splitFindings } from "../../src/report/align.js";
import type { BlockRow } from "../../src/study/check-record.js";
import type { FindingRow as Finding } from "../../src/study/finding-schema.js";
import { plain50 } from "./samples.js";

const block = (name: string, role: BlockRow["role"] = "body", lnGain: number | null = 0): BlockRow => ({ ...plain50.blocks[0]!, name, role, lnGain });
const blocks = (names: string): BlockRow[] => names.split("").map((n) => block(n));
const told = (a: readonly BlockRow[], b: readonly BlockRow[]): string =>
  alignBlocks(a, b)
    .map((p) => `${p.a?.name ?? "-"}${p.b?.name ?? "-"}`)
    .join(" ");

describe("blocks of two networks", () => {
  it("pair by name, in order, whatever was put in or taken out", () => {
    expect(told(blocks("abcd"), blocks("abcd"))).toBe("aa bb cc dd");
    expect(told(blocks("abcd"), blocks("abxcd"))).toBe("aa bb -x cc dd");
    expect(told(blocks("abcd"), blocks("ad"))).toBe("aa b- c- dd");
    expect(told(blocks("aabb"), blocks("aab"))).toMatch(/^aa aa (bb b-|b- bb)$/);
  });

  it("pair with a module of which they are a part", () => {
    const named = (...names: string[]): BlockRow[] => names.map((n) => block(n));
    expect(told(named("stem", "b.0.x", "b.0.y", "b.1.x", "b.1.y", "b.10.x", "head"), named("stem", "b.0", "b.1", "b.10", "head"))).toMatch(
      /^stemstem (b\.0\.x(b\.0|-) b\.0\.y(b\.0|-)) (b\.1\.x(b\.1|-) b\.1\.y(b\.1|-)) b\.10\.xb\.10 headhead$/,
    );
    expect(alignBlocks(named("b.1", "c"), named("b.10", "c")).filter((p) => p.a && p.b)).toHaveLength(1);
  });

  it("pair by place where the names tell nothing", () => {
    expect(told(blocks("abc"), blocks("xyz"))).toBe("ax by cz");
    const a = [block("s", "stem"), block("p"), block("q"), block("h", "head")];
    const b = [block("S", "stem"), block("P"), block("H", "head")];
    expect(told(a, b)).toBe("sS pP q- hH");
    expect(told([], blocks("a"))).toBe("-a");
  });

  it("loses and repeats nothing, for any names", () => {
    for (let seed = 0; seed < 200; seed++) {
      const draw = (k: number): string => "abc".charAt(Math.abs(Math.imul(seed + 1, 2654435761 + 97 * k) >>> 7) % 3);
      const [a, b] = [0, 1].map((s) => blocks(Array.from({ length: (seed * (s + 3)) % 7 }, (_, k) => draw(k + 50 * s)).join(""))) as [
        BlockRow[],
        BlockRow[],
      ];
      const pairs = alignBlocks(a, b);
      expect(pairs.flatMap((p) => p.a ?? [])).toEqual(a);
      expect(pairs.flatMap((p) => p.b ?? [])).toEqual(b);
    }
  });

  it("do not take for ever", () => {
    const long = (n: number, tag: string): BlockRow[] => Array.from({ length: n }, (_, i) => block(`${tag}${i}`));
    expect(alignBlocks(long(5000, "a"), long(5001, "b"))).toHaveLength(5001);
  });

  it("compare by the ratio of their gains", () => {
    expect(gainRatio({ a: block("a", "body", 1), b: block("b", "body", 3) })).toBe(2);
    expect(gainRatio({ a: block("a", "body", null), b: block("b") })).toBeNull();
    expect(gainRatio({ a: undefined, b: block("b") })).toBeNull();
  });
});

it("findings are told apart by rule", () => {
  const f = (rule: Finding["rule"], where = ""): Finding => ({ rule, severity: "info", where, evidence: "", why: "", remedy: "" });
  const split = splitFindings([f("exploding"), f("units", "1"), f("units", "2")], [f("units", "3"), f("collapse")]);
  expect(split.onlyA.map((x) => x.rule)).toEqual(["exploding"]);
  expect(split.onlyB.map((x) => x.rule)).toEqual(["collapse"]);
  expect(split.both.map((l) => l.map((x) => x.where))).toEqual([["1", "2"], ["3"]]);
});
