import { describe, expect } from "vitest";
import type { CheckRecord } from "../../src/study/check-record.js";
import { table } from "./case.js";
import type { Case } from "./case.js";

type Chains = readonly (readonly [name: string, verdict: CheckRecord["verdict"]])[];

/** What must be said of a network with a branch that starves, and of its twin in which none does. */
function twins(what: string, file: string, ill: string, well: readonly string[], twin: readonly string[] = [ill, ...well]): readonly Case[] {
  const chains = (wanted: Chains) => (r: CheckRecord) => {
    const found = r.chains!.map((c) => [c.name, c.verdict] as const);
    expect(new Map(found)).toEqual(new Map(wanted));
    expect(r.coverage!.notLookedAt).toEqual([]);
  };
  const end = file.endsWith("_") || file.endsWith(".") ? "" : "_";
  return [
    {
      what: `${what}, of which one starves`,
      file: `${file}${end}starves`,
      verdict: "vanishing",
      findings: [["vanishing", "error", ill.split(" ")[0]!]],
      cure: "healthy",
      also: chains([[ill, "vanishing"], ...well.map((name) => [name, "healthy"] as const)]),
    },
    {
      what: `${what}, all of them well`,
      file: `${file}${end}well`,
      verdict: "healthy",
      never: ["vanishing", "exploding", "scale-mismatch"],
      also: chains(twin.map((name) => [name, "healthy"] as const)),
    },
  ];
}

describe("short branches beside each other", () => {
  table([
    ...twins("two branches joined", "branches.joined", "a.2 … a.4", ["b.2 … b.4"]),
    ...twins("two branches added", "branches.added", "a.2 … a.4", ["b.2 … b.4"]),
    ...twins("two branches multiplied", "branches.times", "a.2 … a.4", ["b.2 … b.4"]),
    ...twins("two layers each behind a stem", "branches.two", "a.0 … a.2", ["b.0 … b.2"]),
    ...twins("three layers beside two", "branches.uneven", "a.2 … a.4", ["b.2"]),
    ...twins("two branches before a longer body", "branches.longer", "a.2 … a.4", ["b.2 … b.4", "trunk.0 … trunk.10"]),
    ...twins("two halves of one input", "branches.halves", "b.2 … b.4", ["a.2 … a.4"]),
    ...twins("a branch joined with the input", "branches.shortcut_joined", "a.2 … a.4", ["b.0 … b.4"]),
    ...twins("a branch added to the input", "branches.shortcut_added", "a.2 … a.4", ["b.0 … b.4"]),
    ...twins("convolutions", "branches_maps.", "a.2 … a.4", ["b.2 … b.4"]),
    ...twins("an image and a text's mean word", "branches_words.", "text.2 … text.4", ["image.2 … image.4"]),
  ]);
});

describe("a teacher and a student with two hidden layers", () => {
  const towers = ["student.2 … student.4", ["teacher.2"]] as const;
  table([
    ...["squares", "cosine", "divergence"].flatMap((loss) => twins(`a loss of their ${loss}`, `branches_loss.${loss}`, ...towers)),
    ...twins("written layer by layer in turns", "branches_loss.turns_2", ...towers),
    ...twins("a student with one more", "branches_loss.turns_3", "student.2 … student.4", ["teacher.2 … teacher.4"]),
  ]);
});

describe("a branch that a zero weight keeps shut", () => {
  table(
    ["added", "joined", "beside"].map((how): Case => ({
      what: "waits for its first step, and does not vanish",
      file: `branches.shut_${how}`,
      verdict: "healthy",
      findings: [["no-gradient", "info"]],
      never: ["vanishing"],
    })),
  );
});
