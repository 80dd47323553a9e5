import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { BANNED, bannedWords } from "./words.js";

const src = fileURLToPath(new URL("../../src", import.meta.url));
const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((f) => f.endsWith(".ts"));

describe("words have one meaning, and phrases are plain", () => {
  it("uses no banned word in src/", () => {
    expect(files.length).toBeGreaterThan(400);
    const found = files.flatMap((f) =>
      bannedWords(f.replaceAll("\\", "/"), readFileSync(join(src, f), "utf8")).map((w) => `${f}:${w.line} "${w.text}": better ${w.instead}`),
    );
    expect(found).toEqual([]);
  });

  it.each([
    ["math/a.ts", "/** Theory is held against measurements. */", "held against"],
    ["math/a.ts", "// what is asked of an op", "asked of"],
    ["verdict/a.ts", "// The departures are told in `fitLaw`.", "are told in"],
    ["verdict/a.ts", "/** Writes three significant figures. */", "significant figures"],
    ["report/a.ts", "/** Draws the chart of a claim. */", "Draws the chart"],
    ["report/a.ts", 'const help = "how a nudge is chosen";', "nudge"],
    ["doctor/a.ts", "const f = (c: Evidence): number => 1;", "c: Evidence"],
    ["ops/a.ts", "const lanes = 2;", "lanes"],
    ["ops/a.ts", "interface Lane {}", "Lane"],
    ["ops/a.ts", "f(firstLane);", "firstLane"],
    ["ops/a.ts", "const { ways } = layer;", "ways"],
    ["doctor/a.ts", "const graveness = 1;", "graveness"],
    ["io/a.ts", "export function weigh(): void {}", "weigh"],
    ["report/a.ts", "export const drawPicture = 1;", "drawPicture"],
    ["math/a.ts", "const panelWidth = 1;", "panelWidth"],
    ["util/a.ts", "const figures = 3;", "figures"],
    ["trial/a.ts", 'type Claim = "mine";', "Claim"],
    ["trial/a.ts", "await store.claim(key);", "claim"],
  ])("finds it in %s: %s", (path, source, text) => {
    expect(bannedWords(path, source).map((w) => w.text)).toContain(text);
  });

  it.each([
    ["util/normals-simd.ts", "const lanes = 4;"],
    ["ops/a.ts", "const plane = 4; const always = 1;"],
    ["math/a.ts", "/** Draws the weights from N(0, 1). */ const drawWeights = 1;"],
    ["report/a.ts", "const panels = []; const figure = 1;"],
    ["claims/a.ts", "type Claim = string;"],
    ["nn/a.ts", "// He et al. 2016, figure 4"],
  ])("leaves alone, in %s: %s", (path, source) => {
    expect(bannedWords(path, source)).toEqual([]);
  });

  it("has for every word a better one", () => {
    for (const b of BANNED) expect(b.instead, String(b.word)).not.toBe("");
  });
});
