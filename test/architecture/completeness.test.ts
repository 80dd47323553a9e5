import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { isPending } from "../../src/claims/claim.js";
import { CLAIMS } from "../../src/claims/index.js";
import { RULES } from "../../src/doctor/index.js";
import { ARCHITECTURES } from "../../src/nn/architectures/index.js";
import { CUT_PROBES, PARAMETER_PROBES } from "../../src/probe/probes.js";
import { laws } from "../../src/theory/laws.js";
import { MEASUREMENTS } from "../../src/trial/measurements/index.js";

// Whatever a list names has a test that names it: a new entry cannot come without one.

const tests = fileURLToPath(new URL("..", import.meta.url));
const textOf = (...rooms: readonly string[]): string =>
  rooms
    .flatMap((room) => readdirSync(join(tests, room), { withFileTypes: true }).flatMap((f) => (f.isFile() ? [join(tests, room, f.name)] : [])))
    .map((file) => readFileSync(file, "utf8"))
    .join("\n");
/** A name as it is, or as its export spells it: `sum-gradient`, `sumGradient`. */
const spelled = (name: string): RegExp => {
  const both = [name, name.replace(/-(\w)/g, (_, c: string) => c.toUpperCase())].map((n) => n.replace(/[^\w]/g, "\\$&"));
  return new RegExp(`(?<![\\w-])(?:${both.join("|")})(?![\\w-])`);
};
const untested = (names: readonly string[], text: string): readonly string[] => names.filter((name) => !spelled(name).test(text));

const LISTS: readonly (readonly [what: string, names: readonly string[], rooms: readonly string[]])[] = [
  ["probe", [...Object.keys(CUT_PROBES), ...Object.keys(PARAMETER_PROBES)], ["probe"]],
  ["law", Object.keys(laws), ["theory", "claims"]],
  ["measurement", MEASUREMENTS.map((m) => m.name), ["trial", "probe"]],
  ["finding", RULES, ["doctor"]],
  ["claim that is measured", CLAIMS.flatMap((c) => (isPending(c) ? [] : [c.id])), ["claims"]],
  ["architecture", ARCHITECTURES.map((a) => a.name), ["nn", "support"]],
];

describe("a test names", () => {
  it.each(LISTS)("every %s", (_, names, rooms) => {
    expect(names.length).toBeGreaterThan(4);
    expect(untested(names, textOf(...rooms))).toEqual([]);
  });

  it("notices one without a test", () => {
    expect(untested(["an-entry-of-nobody", "mlp"], textOf("nn", "support"))).toEqual(["an-entry-of-nobody"]);
  });
});
