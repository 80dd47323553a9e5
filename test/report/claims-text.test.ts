import { describe, expect, it } from "vitest";
import { claimText, claimsList } from "../../src/report/claims-text.js";
import { columns } from "../../src/report/visible.js";
import { exact } from "../../src/util/format.js";
import { claims, lines, swept } from "./claims-samples.js";

describe("a claim as text", () => {
  it.each(claims.claims)("$id keeps to 80 columns and has every estimate with its law", (claim) => {
    const text = claimText(claim);
    expect(Math.max(...text.split("\n").map(columns))).toBeLessThanOrEqual(80);
    for (const { measured, law } of claim.evidence.rule === null ? [] : claim.evidence.figures) {
      expect(text).toContain(` ${exact(measured.value)} `);
      if (law !== null) expect(text).toContain(`law ${exact(law.value)} ± ${exact(law.margin)}: holds`);
    }
  });

  it.each(claims.claims)("$id keeps to 40 columns but for its command, every number of an estimate on one line", (claim) => {
    const text = claimText(claim, 40).split("\n");
    const wide = text.filter((l) => columns(l) > 40);
    expect(wide.every((l) => l === `  Again: ${claim.command}`)).toBe(true);
    for (const { measured, law } of claim.evidence.rule === null ? [] : claim.evidence.figures) {
      const interval = Number.isNaN(measured.low) ? "–" : `[${exact(measured.low)}, ${exact(measured.high)}]`;
      expect(text.some((l) => `${l} `.includes(` ${exact(measured.value)} `))).toBe(true);
      expect(text.some((l) => l.includes(interval))).toBe(true);
      if (law !== null) expect(text.join("\n").replace(/\n +/g, " ")).toContain(`law ${exact(law.value)} ± ${exact(law.margin)}: holds`);
    }
  });

  it("lists ids and sentences on as many columns as there are", () => {
    const list = claims.claims.map(({ id, sentence }) => ({ id, sentence }));
    expect(claimsList(list).split("\n")).toHaveLength(list.length + 1);
    for (const width of [40, 60, 100]) {
      const text = claimsList(list, width);
      expect(Math.max(...text.split("\n").map(columns))).toBeLessThanOrEqual(width);
      for (const { id } of list) expect(text).toMatch(new RegExp(`^${id}`, "m"));
    }
  });

  it("names an arm beside its estimates where there is room, else above them, once", () => {
    expect(claimText(lines)).toMatch(/^ {4}x \+ W·ReLU\(x\) {2}L = 10 +6\.93 {2}\[6\.563, 7\.296\] +law 6\.9 ± 0\.238: holds$/m);
    expect(claimText(swept)).toMatch(/^ {4}Highway, χ = 0\.25, b = -1\n {6}L = 10 +-4\.356 {2}\[-4\.594, -4\.118\] .*\n {6}L = 20 /m);
  });
});
