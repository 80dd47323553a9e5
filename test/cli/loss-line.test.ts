import { describe, expect, it } from "vitest";
import { lossLine } from "../../src/cli/loss-line.js";

const TEXT = "step 120 of 460, loss 0.3";
const fed = (losses: readonly number[], sink: Parameters<typeof lossLine>[0]): string => {
  const line = lossLine(sink);
  for (const loss of losses) line.add(loss);
  return line.behind(TEXT);
};
const falling = Array.from({ length: 100 }, (_, i) => 3 * 0.95 ** i);

describe("the loss as bars behind the progress", () => {
  it("falls from the tallest to the lowest bar, evenly where the loss halves evenly", () => {
    const bars = fed(falling, { isTTY: true, columns: 120 }).slice(TEXT.length + 1);
    expect(bars).toMatch(/^█+▇+▆+▅+▄+▃+▂+▁+$/);
    expect(Array.from(bars)).toHaveLength(24);
  });

  it("takes the columns that are left, and none where they are too few", () => {
    for (const columns of [TEXT.length + 13 + 6, 50, 60, 200]) {
      const text = fed(falling, { isTTY: true, columns });
      expect(text.length).toBeLessThanOrEqual(columns - 12);
      expect(text.length).toBeGreaterThan(TEXT.length);
    }
    expect(fed(falling, { isTTY: true, columns: TEXT.length + 13 + 5 })).toBe(TEXT);
  });

  it("is not written to a file or a pipe, nor of hardly any step", () => {
    expect(fed(falling, { isTTY: false, columns: 120 })).toBe(TEXT);
    expect(fed(falling, { columns: 120 })).toBe(TEXT);
    expect(fed([3, 2, 1], { isTTY: true, columns: 120 })).toBe(TEXT);
  });

  it("shows a loss below zero, one that does not change, and a very long run", () => {
    expect(fed([2, 1, 0, -1, -2, -3, -4], { isTTY: true, columns: 120 })).toMatch(/█.*▁$/);
    expect(fed(new Array<number>(50).fill(2.3), { isTTY: true, columns: 120 })).toMatch(/ ▁{24}$/);
    const long = Array.from({ length: 100_000 }, (_, i) => 1 + (100_000 - i));
    expect(fed(long, { isTTY: true, columns: 120 })).toMatch(/ █+[▁-█]+▁$/);
  });
});
