import { describe, expect } from "vitest";
import type { CheckRecord } from "../../src/study/check-record.js";
import { table } from "./case.js";
import type { Case } from "./case.js";

/** What became of each chain with the factors on their weights. */
const cures = (r: CheckRecord): readonly (string | undefined)[] => r.chains!.map((c) => c.cure?.verdict);
const factors = (r: CheckRecord): readonly number[] => r.chains!.flatMap((c) => c.cure?.factor ?? []);
/** What a case with a gate says of it. */
const gated = (layers: number): Pick<Case, "judged" | "notLookedAt"> => ({
  judged: [3 * 2 * layers + 4, 3 * 2 * layers + 6],
  notLookedAt: [["gate.* (2 parameters)", /beside the blocks/]],
});
const remedies = (r: CheckRecord, rule: string): readonly string[] => r.findings.filter((f) => f.rule === rule).map((f) => f.remedy);

describe("chains beside each other", () => {
  table([
    {
      what: "experts of a mixture, cured by one factor on all of them",
      file: "beside_experts",
      ...gated(16),
      verdict: "vanishing",
      findings: [["vanishing", "error", "experts.1"]],
      // What the gate adds to the gradient before the experts is no growth over them.
      never: ["mixed", "exploding"],
      cure: "healthy",
      says: /One factor cures it/,
      also: (r) => {
        expect(r.chains!.map((c) => c.verdict)).toEqual(["vanishing", "vanishing", "vanishing"]);
        expect(cures(r)).toEqual(["healthy", "healthy", "healthy"]);
        expect(new Set(factors(r)).size).toBe(1);
        expect(r.cure!.factor).toBe(factors(r)[0]);
        expect(r.sentence).toContain("on all weight matrices and kernels of 3 chains the verdict is healthy (tried here)");
        for (const text of remedies(r, "vanishing")) expect(text).toContain("One factor cures it");
        expect(r.sentence).toContain("blocks of the chain");
      },
    },
    {
      what: "experts of which only the best take part",
      file: "beside_experts_best",
      ...gated(14),
      setAside: ["/Constant_output_0"],
      verdict: "vanishing",
      findings: [["vanishing", "error"]],
      never: ["mixed", "exploding"],
      cure: "healthy",
      also: (r) => expect(cures(r)).toEqual(["healthy", "healthy", "healthy"]),
    },
    {
      what: "short experts, whose fall is one of the start",
      file: "beside_experts_short",
      ...gated(6),
      verdict: "healthy",
      findings: [["vanishing", "info"]],
      cure: "healthy",
      also: (r) => expect(r.chains!.map((c) => c.verdict)).toEqual(["healthy", "healthy", "healthy"]),
    },
    {
      what: "two towers of unequal depth",
      file: "beside_towers",
      verdict: "vanishing",
      findings: [["vanishing", "error", "one.2"]],
      cure: "healthy",
      also: (r) => expect(cures(r)).toEqual(["healthy", "healthy"]),
    },
    {
      what: "two short towers",
      file: "beside_towers_short",
      verdict: "healthy",
      findings: [["vanishing", "info"]],
      cure: "healthy",
    },
    {
      what: "a tower that explodes and one that vanishes have a factor each",
      file: "beside_opposed",
      verdict: "vanishing",
      findings: [
        ["vanishing", "error", "other.2"],
        ["exploding", "error", "one.2"],
      ],
      cure: "healthy",
      says: /One factor cures it/,
      also: (r) => {
        expect(r.sentence).toMatch(/One factor for each chain cures it: with ×2\.\d+ \(other.*\), ×0\.\d+ \(one.*\) on all weight matrices/);
        expect(Math.max(...factors(r)) / Math.min(...factors(r))).toBeGreaterThan(2);
        const worst = r.chains!.find((c) => c.verdict === "vanishing")!;
        expect(r.cure!.factor).toBe(worst.cure!.factor);
      },
    },
    {
      what: "a tower that a factor cures beside one with BatchNorms, which none does",
      file: "beside_norms",
      verdict: "vanishing",
      findings: [
        ["vanishing", "error", "other.2"],
        ["exploding", "error", "one.3"],
        ["dead-units", "warning", "other"],
      ],
      cure: "exploding",
      also: (r) => {
        expect(cures(r)).toEqual(["exploding", "healthy"]);
        expect(r.sentence).toMatch(/One factor cures other\..*No one factor cures the others: .* leaves one\..* exploding\.$/);
        expect(remedies(r, "vanishing")[0]).toContain("One factor cures it");
        expect(remedies(r, "exploding")[0]).toContain("No one factor on all weights cures it");
      },
    },
    {
      what: "the streams of a deep dueling network",
      file: "beside_streams",
      verdict: "vanishing",
      findings: [["vanishing", "error", "advantage"]],
      never: ["mixed", "exploding"],
      cure: "healthy",
      also: (r) => expect(cures(r)).toEqual(["healthy", "healthy"]),
    },
  ]);
});

describe("rows of padding in norms", () => {
  table([
    {
      what: "make a rise that is told as theirs",
      file: "padded_before",
      verdict: "exploding",
      findings: [["exploding", "error", "layers.0"]],
      cure: "exploding",
      also: (r) => {
        const [f] = r.findings.filter((x) => x.rule === "exploding");
        expect(f!.why).toMatch(/rows that are far smaller than the others/);
        expect(f!.why).not.toMatch(/gains multiply|dead or saturated/);
        expect(f!.remedy).toMatch(/epsilon/);
        expect(r.sentence).toMatch(/of it in block 1 alone/);
      },
    },
    // The ReLU of zeros stops what the norm behind it makes of them.
    { what: "are no fault of the ReLU before the norm", file: "padded_behind", verdict: "healthy", never: ["vanishing", "exploding"] },
  ]);
});
