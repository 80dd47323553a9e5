import { describe, expect, it } from "vitest";
import { claimText } from "../../src/report/claims-text.js";
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

  it("names an arm beside its estimates where there is room, else above them, once", () => {
    expect(claimText(lines)).toMatch(/^ {4}x \+ W·ReLU\(x\) {2}L = 10 +6\.93 {2}\[6\.563, 7\.296\] +law 6\.9 ± 0\.238: holds$/m);
    expect(claimText(swept)).toMatch(/^ {4}Highway, χ = 0\.25, b = -1\n {6}L = 10 +-4\.356 {2}\[-4\.594, -4\.118\] .*\n {6}L = 20 /m);
  });
});
