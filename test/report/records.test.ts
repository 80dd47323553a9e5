import { beforeAll, describe, expect, it } from "vitest";
import { checkPage } from "../../src/report/check-page.js";
import { checkText } from "../../src/report/check-text.js";
import type { CheckRecord } from "../../src/study/check-record.js";
import { checkChains } from "./nets.js";
import { HOSTILE } from "./samples.js";

describe("the records of check-ups", () => {
  let made: ReadonlyMap<string, CheckRecord>;
  beforeAll(async () => {
    made = await checkChains();
  });

  it("can all be printed and plotted", () => {
    for (const [name, record] of made) {
      const text = checkText(record, { table: true });
      expect(Math.max(...text.split("\n").map((l) => Array.from(l).length)), name).toBeLessThanOrEqual(80);
      expect(text, name).not.toMatch(/[^\P{C}\n]/u);
      expect(text, name).not.toMatch(/undefined|\[object/);
      const html = checkPage(record);
      expect(html, name).not.toContain(HOSTILE[0]);
      expect(html.replace(/<script>[^]*?<\/script>/, ""), name).not.toMatch(/undefined|\[object/);
    }
  });

  it("growth beyond a double is printed", () => {
    expect(checkText(made.get("beyond a double")!)).toMatch(/×10\^[4-6]\d\d/);
  });
});
