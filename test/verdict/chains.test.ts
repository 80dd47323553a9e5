import { describe, expect, it } from "vitest";
import { gravest, judgeChains } from "../../src/verdict/chains.js";
import { curable, outcomeOf, softened } from "../../src/verdict/cures.js";
import { isIll } from "../../src/verdict/judge.js";
import type { JudgedChain } from "../../src/verdict/chains.js";
import { DECISIONS } from "../../src/verdict/types.js";
import type { Decision } from "../../src/verdict/types.js";
import { Net, chain, elman, evidenceOf } from "../doctor/support.js";
import type { Evidence } from "../../src/doctor/evidence.js";

const one = evidenceOf(chain({ depth: 6, width: 16 }));
const as = (decision: Decision, rise = 0, fall = 0): JudgedChain => ({
  ...one.chain,
  verdict: { ...one.chain.verdict, decision, rise: { value: rise, low: rise, high: rise }, fall: { value: fall, low: fall, high: fall } },
});
const judgedOf = (e: Evidence, mend = false): readonly JudgedChain[] =>
  judgeChains({ trunks: [e.structure], starts: [{ cut: 0, block: 0 }], measured: e, mixing: e.mixing, mend });

describe("the gravest of several chains", () => {
  it("is the one that is not finite, then an ill one, then an undecided one", () => {
    const order = ["healthy", "undecided", "vanishing", "non-finite"] as const;
    order.forEach((worse, i) => {
      for (const better of order.slice(0, i)) {
        expect(gravest([as(better, 9, 9), as(worse)]).verdict.decision).toBe(worse);
        expect(gravest([as(worse), as(better, 9, 9)]).verdict.decision).toBe(worse);
      }
    });
  });

  it("is of equally grave ones that of the larger spread, and of equal ones the first", () => {
    const list = [as("vanishing", 0, 5), as("exploding", 7, 0), as("mixed", 6, 6)];
    expect(gravest(list)).toBe(list[1]);
    expect(gravest([...list].reverse())).toBe(list[1]);
    const [a, b] = [as("healthy", 1, 2), as("healthy", 2, 1)];
    expect(gravest([a, b])).toBe(a);
    expect(gravest([as("undecided", NaN, NaN), a]).verdict.decision).toBe("undecided");
  });

  it("is ill where the gradient does not keep its size", () => {
    expect(DECISIONS.filter((decision) => isIll({ decision }))).toEqual(["vanishing", "exploding", "mixed"]);
  });
});

describe("chains with factors on their weights", () => {
  const list = [as("vanishing", 0, 8), as("undecided", 0, 4.6), as("healthy", 1, 1), as("exploding", 7, 0)];

  it("are those that are ill, and beside them those that may be", () => {
    expect(curable(list)).toEqual([list[0], list[1], list[3]]);
    expect(curable([as("undecided", 0, 4.6), as("healthy")])).toEqual([]);
    expect(curable([as("vanishing", 0, Infinity), as("undecided", NaN, NaN)])).toEqual([]);
  });

  it("are as grave as what the factors spoil, where no factor was", () => {
    const after = [as("healthy"), as("healthy"), as("mixed", 9, 9), as("exploding", 6, 0)];
    const tried = (at: number): boolean => at !== 2;
    expect(outcomeOf(0, list, after, tried)).toBe("mixed");
    expect(outcomeOf(0, list, [after[0]!, after[1]!, list[2]!, after[3]!], tried)).toBe("healthy");
    expect(outcomeOf(3, list, [after[0]!, after[1]!, list[2]!, after[3]!], tried)).toBe("exploding");
  });

  it("are softened each by its own", () => {
    const [ill, open] = [as("vanishing", 0, 8), as("undecided", 0, 4.6)];
    const cure = { factor: 2, verdict: "healthy" } as const;
    const graph = one.bound.graph;
    expect(softened([ill, open, list[2]!], [cure, cure, undefined], graph).map((c) => [c.verdict.decision, c.mild])).toEqual([
      ["healthy", true],
      ["healthy", true],
      ["healthy", undefined],
    ]);
    const left = softened([ill, open], [{ factor: 2, verdict: "undecided" }, undefined], graph);
    expect(left.map((c) => [c.verdict.decision, c.mild, c.cure?.verdict])).toEqual([
      ["vanishing", undefined, "undecided"],
      ["undecided", undefined, undefined],
    ]);
  });
});

describe("every chain of a trunk is judged by itself", () => {
  const both = (first: number, second: number): Evidence => {
    const net = new Net([16, 4, 5, 5]);
    let x = "x";
    for (let i = 0; i < 8; i++) x = net.relu(net.conv(x, `c${i}`, 4, 4, { scale: first }));
    x = net.op("Flatten", [x], { axis: 1 });
    for (let i = 0; i < 12; i++) x = net.relu(net.linear(x, `m${i}`, i === 0 ? 100 : 24, 24, second));
    return evidenceOf(net.graph(net.linear(x, "head", 24, 4, 1)));
  };

  it("the second is ill, the first not, and the other way round", () => {
    expect(judgedOf(both(2, 0.5)).map((c) => c.verdict.decision)).toEqual(["healthy", "vanishing"]);
    expect(judgedOf(both(0.3, 2)).map((c) => c.verdict.decision)).toEqual(["vanishing", "healthy"]);
    expect(judgedOf(both(2, 2)).map((c) => [c.name, c.verdict.decision, c.overTime])).toEqual([
      ["c1 … c7", "healthy", false],
      ["m0 … m11", "healthy", false],
    ]);
  });

  it("a body without blocks is one chain without any, which is healthy; on another trunk it is none", () => {
    const net = new Net([16, 8]);
    const e = evidenceOf(net.graph(net.linear("x", "only", 8, 4)));
    expect(judgedOf(e).map((c) => [c.blocks.length, c.verdict.decision])).toEqual([[0, "healthy"]]);
    const start = { cut: 0, block: 0 };
    const twice = judgeChains({ trunks: [e.structure, e.structure], starts: [start, start], measured: e, mixing: false, mend: false });
    expect(twice.length).toBe(1);
  });

  it("steps in time are one over time", () => {
    const [steps] = judgedOf(evidenceOf(elman(12, 0.5)));
    expect(steps!.overTime).toBe(true);
    // ÷2 a step is no illness of weights that all steps share.
    expect(steps!.verdict.fall.value).toBeGreaterThan(Math.log(100));
    expect(steps!.verdict.decision).toBe("healthy");
  });
});
