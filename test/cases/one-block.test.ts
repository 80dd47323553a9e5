import { describe, expect } from "vitest";
import type { CheckRecord } from "../../src/study/check-record.js";
import { table } from "./case.js";

const told = (r: CheckRecord, rule: "exploding" | "vanishing"): string => {
  const f = r.findings.find((x) => x.rule === rule)!;
  return `${f.why} ${f.remedy}`;
};

describe("one block that makes most of a rise", () => {
  table([
    {
      what: "the first of a pre-norm transformer with small embeddings",
      file: "one_gpt",
      verdict: "healthy",
      findings: [["exploding", "info", "layers.0"]],
      says: /no growth with depth/,
      setAside: Array.from({ length: 6 }, (_, i) => `layers.${i}.mask`),
      also: (r) => expect(r.law).toBe("sub-exponential"),
    },
    {
      what: "a layer of weights 250 times as large among others that keep the gradient",
      file: "one_weight",
      verdict: "healthy",
      findings: [
        ["exploding", "warning", "layers.4"],
        ["scale-mismatch", "warning", "layers.4.weight"],
      ],
    },
    {
      what: "is no excuse for others that grow",
      file: "one_weight_growing",
      verdict: "exploding",
      findings: [["exploding", "error"]],
      cure: "healthy",
    },
  ]);
});

describe("a constant factor between layers", () => {
  const named = (rule: "exploding" | "vanishing", size: RegExp) => (r: CheckRecord) => {
    expect(told(r, rule)).toMatch(size);
    expect(told(r, rule)).toMatch(/Take the factor of Mul at \/Mul out/);
    expect(told(r, rule)).not.toMatch(/χ|chaos|Scale the weights/);
  };
  table([
    {
      what: "of 1/10,000",
      file: "one_factor_down",
      verdict: "vanishing",
      findings: [["vanishing", "error", "layers.2"]],
      cure: "mixed",
      also: named("vanishing", /÷1\.0e4 by that alone/),
    },
    {
      what: "of 10,000",
      file: "one_factor_up",
      verdict: "exploding",
      findings: [["exploding", "error", "layers.2"]],
      cure: "mixed",
      also: named("exploding", /×10000 by that alone/),
    },
    {
      what: "at the end of a branch that is joined",
      file: "one_factor_joined",
      verdict: "vanishing",
      findings: [["vanishing", "error", "b.2 … b.4"]],
      chains: [
        ["a.2 … head.0", "healthy"],
        ["b.2 … b.4", "vanishing"],
      ],
      cure: "vanishing",
      also: named("vanishing", /÷1\.0e7 by that alone/),
    },
  ]);
});
