import { describe, expect, it } from "vitest";
import type { Evidence } from "../../src/doctor/evidence.js";
import { told } from "../../src/study/check/told.js";
import { chain, evidenceOf, withVerdict } from "../doctor/support.js";

const healthy = evidenceOf(chain({ depth: 6, width: 32 }));
const ill = evidenceOf(chain({ depth: 30, width: 32, scale: 0.5 }));

/** The evidence with chains of these names and decisions, of which the gravest is what the verdict is on. */
function withChains(e: Evidence, list: readonly (readonly [string, Evidence["verdict"]["decision"]])[]): Evidence {
  const chains = list.map(([name, decision], i) => ({
    ...e.chain,
    name,
    verdict: { ...e.chain.verdict, decision, rise: { value: i, low: i, high: i } },
  }));
  return { ...e, chains, verdict: e.verdict.decision === "non-finite" ? e.verdict : chains[0]!.verdict };
}

describe("the verdict as reports begin with it", () => {
  it("is the verdict's own sentence where there is nothing to add", () => {
    expect(told(healthy, "training")).toEqual({ sentence: healthy.verdict.sentence, statement: healthy.verdict.statement });
  });

  it("begins with norms that were folded away", () => {
    const { sentence, statement } = told(healthy, "inference");
    expect(sentence).toBe(`The norms were folded away: this is the inference graph, and what trains is another network. ${healthy.verdict.sentence}`);
    expect(statement.endsWith(healthy.verdict.statement)).toBe(true);
  });

  it("ends with whether one factor cures it", () => {
    const cured = told({ ...ill, cure: { factor: 2, verdict: "healthy" } }, "training");
    expect(cured.sentence).toBe(
      `${ill.verdict.sentence} One factor cures it: with ×2.000 on all weight matrices and kernels of the chain the verdict is healthy (tried here).`,
    );
    expect(told({ ...ill, cure: { factor: 2, verdict: "mixed" } }, "training").statement).toMatch(/leaves it mixed\.$/);
  });

  it("says of several chains what became of each", () => {
    const of = (...list: (readonly [factor: number, verdict: Evidence["verdict"]["decision"]])[]): string => {
      const names = list.map((_, i) => [`c${i}`, "vanishing"] as const);
      const several = withChains(ill, names);
      const chains = several.chains.map((c, i) => ({ ...c, cure: { factor: list[i]![0], verdict: list[i]![1] } }));
      const verdict = list.map(([, v]) => v).find((v) => v !== "healthy") ?? "healthy";
      return told({ ...several, chains, cure: { factor: list[0]![0], verdict } }, "training").sentence;
    };
    expect(of([2, "healthy"], [2, "healthy"])).toMatch(
      / One factor cures it: with ×2\.000 on all weight matrices and kernels of 2 chains the verdict is healthy \(tried here\)\.$/,
    );
    expect(of([2, "healthy"], [3, "healthy"])).toMatch(/ One factor for each chain cures it: with ×2\.000 \(c0\), ×3\.000 \(c1\) on all /);
    expect(of([2, "healthy"], [3, "healthy"], [4, "healthy"], [5, "healthy"])).toMatch(/with ×2\.000 to ×5\.000 on all .* of 4 chains/);
    expect(of([2, "healthy"], [3, "mixed"])).toMatch(
      / One factor cures c0: ×2\.000 .* No one factor cures the others: the best of those tried, ×3\.000, leaves c1 mixed\.$/,
    );
    expect(of([2, "vanishing"], [2, "mixed"])).toMatch(
      / cures any of 2 chains: the best of those tried here, ×2\.000, leave c0 vanishing, c1 mixed\.$/,
    );
  });

  it.each<[string, Parameters<typeof withChains>[1], string]>([
    [
      "all healthy",
      [
        ["a", "healthy"],
        ["b", "healthy"],
      ],
      "That is the chain b, of 2 chains; the others are healthy, too.",
    ],
    [
      "one ill",
      [
        ["a", "vanishing"],
        ["b", "healthy"],
      ],
      "That is the chain a, of 2 chains; the others are healthy.",
    ],
    [
      "several ill",
      [
        ["a", "vanishing"],
        ["b", "exploding"],
        ["c", "undecided"],
        ["d", "healthy"],
      ],
      "That is the chain b, of 4 chains; of the others a (vanishing), c (undecided).",
    ],
  ])("says which chain it is on, of several: %s", (_, list, words) => {
    expect(told(withChains(healthy, list), "training").sentence).toBe(`${healthy.verdict.sentence} ${words}`);
  });

  it("says nothing of chains where results are not finite", () => {
    const e = withVerdict(healthy, { decision: "non-finite", sentence: "Non-finite: the loss is not finite.", statement: "The loss is not finite." });
    const several = withChains(e, [
      ["a", "healthy"],
      ["b", "healthy"],
    ]);
    expect(told(several, "training").sentence).toBe("Non-finite: the loss is not finite.");
  });
});
