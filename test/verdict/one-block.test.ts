import { describe, expect, it } from "vitest";
import { judge } from "../../src/verdict/judge.js";
import type { ProfileData } from "../../src/verdict/types.js";

/** A profile of one replicate from its increments on the square, input to output. */
function profile(increments: readonly number[]): ProfileData {
  const gradient = increments.reduce<number[]>((row, a) => [...row, row[row.length - 1]! - a / 2], [0]);
  return { gradient: [gradient], activation: [], over: undefined, restarts: increments.map(() => false) };
}

describe("one block that stands apart", () => {
  /** The gains of a pre-norm transformer's blocks, of the square: the first, whose embedding is small, and the others by a power of their position. */
  const preNorm = (first: number, blocks: number, scale = 1): number[] => [
    first,
    ...Array.from({ length: blocks - 1 }, (_, i) => (scale * (i % 2 === 0 ? 1.1 : 0.7)) / (i + 1)),
  ];

  it("is no exponential growth, however many blocks follow", () => {
    for (const blocks of [12, 24, 48]) {
      const v = judge(profile(preNorm(8, blocks)));
      expect(v, `${blocks}`).toMatchObject({ decision: "healthy", law: "sub-exponential", one: { at: 0, ln: 4 } });
      expect(v.sentence).toMatch(/×54\.6 of it in block 1 alone/);
    }
    expect(judge(profile(preNorm(2, 24)))).toMatchObject({ decision: "healthy", law: "sub-exponential", one: null });
  });

  it("is ill from 1000× on, or where the others grow far themselves", () => {
    expect(judge(profile(preNorm(14, 24))).decision).toBe("exploding");
    expect(judge(profile(preNorm(9, 16, 2.6)))).toMatchObject({ decision: "exploding", one: null });
    const growing = [7, ...Array.from({ length: 19 }, (_, i) => (i % 2 === 0 ? 0.3 : 0.4))];
    expect(judge(profile(growing))).toMatchObject({ decision: "exploding", one: null });
    expect(judge(profile([...Array<number>(9).fill(1), 7, ...Array<number>(10).fill(1)]))).toMatchObject({ decision: "exploding", one: null });
  });

  it("may stand anywhere, but a fall starves what lies before it whichever block makes it", () => {
    const middle = [0.1, -0.1, 0.05, 0, 11, 0.1, -0.05, 0, 0.1];
    expect(judge(profile(middle))).toMatchObject({ decision: "healthy", law: "undetermined", one: { at: 4 } });
    expect(judge(profile(middle.map((a) => -a)))).toMatchObject({ decision: "vanishing", one: null });
    expect(judge(profile(preNorm(8, 24).map((a) => -a)))).toMatchObject({ decision: "vanishing", one: null });
    expect(judge({ ...profile(middle), overTime: true }).decision).toBe("exploding");
  });

  it("leaves a rate whose interval holds 1 undetermined", () => {
    const v = judge(profile([-0.12, -0.04, -0.34, 0.5, -0.16, 0.42, -0.26, 0.54]));
    expect(v).toMatchObject({ decision: "healthy", law: "undetermined" });
  });
});
