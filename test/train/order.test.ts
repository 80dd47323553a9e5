import { describe, expect, it } from "vitest";
import { orderOf } from "../../src/train/order.js";

describe("the order of examples", () => {
  it("has every example at most once in an epoch, in batches of one size", () => {
    const order = orderOf(103, 10, 7, false);
    expect(order.batches).toBe(10);
    for (const epoch of [0, 1, 5]) {
      const seen = order.indices(epoch * 10, 10);
      expect(seen.length).toBe(100);
      expect(new Set(seen).size).toBe(100);
      expect(Math.max(...seen)).toBeLessThan(103);
    }
  });

  it("is another one in every epoch and for every seed", () => {
    const order = orderOf(100, 10, 7, false);
    expect(order.indices(0, 10)).not.toEqual(order.indices(10, 10));
    expect(order.indices(0, 10)).not.toEqual(orderOf(100, 10, 8, false).indices(0, 10));
  });

  it("is the same wherever it is taken up", () => {
    const whole = orderOf(57, 5, 3, false).indices(0, 40);
    for (const from of [0, 1, 11, 12, 25]) expect(orderOf(57, 5, 3, false).indices(from, 40 - from)).toEqual(whole.subarray(5 * from));
  });

  it("leaves all examples as they are where every step takes all", () => {
    expect([...orderOf(3, 3, 1, true).indices(5, 2)]).toEqual([0, 1, 2, 0, 1, 2]);
  });

  it("leaves out each example about as often as any other", () => {
    const order = orderOf(10, 4, 1, false);
    const counts = new Array<number>(10).fill(0);
    for (const i of order.indices(0, 2 * 1000)) counts[i]!++;
    // 1,000 epochs with a chance of .8 each: 800 ± 5 · 12.6.
    for (const n of counts) expect(Math.abs(n - 800)).toBeLessThan(64);
  });
});
