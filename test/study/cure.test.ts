import { describe, expect, it } from "vitest";
import { readOnnx } from "../../src/onnx/read.js";
import { nodeRuntime } from "../../src/runtime/node.js";
import { check } from "../../src/study/check.js";
import type { CheckRecord } from "../../src/study/check-record.js";
import { batchFor, chain } from "../report/nets.js";
import type { Chain } from "../report/nets.js";

const runtime = nodeRuntime();
const checked = async (c: Chain, more: object = {}): Promise<CheckRecord> =>
  check(readOnnx(chain(c), { name: "chain" }), { runtime, batches: [batchFor(16, c.inputs ?? c.width ?? 8)], ...more });

describe("one factor on all weights", () => {
  it.each([
    [0.3, "vanishing"],
    [8, "exploding"],
    [0.02, "vanishing"],
  ])("undoes a variance of %f, and the network is healthy with it", async (variance, verdict) => {
    const r = await checked({ layers: 14, width: 24, variance });
    expect(r.verdict).toBe(verdict);
    expect(r.cure!.verdict).toBe("healthy");
    // The root of He's 2 over the variance, up to what a factor of 100 over the chain leaves open.
    expect(Math.abs(Math.log(r.cure!.factor / Math.sqrt(2 / variance)))).toBeLessThan(Math.log(100) / 12);
    expect(r.sentence).toContain("One factor cures it");
    // It is what it says: with the factor in the file, the file is healthy.
    const cured = await checked({ layers: 14, width: 24, variance: variance * r.cure!.factor ** 2 });
    expect(cured).toMatchObject({ verdict: "healthy", cure: null });
  });

  it("is not tried on a healthy network", async () => {
    expect((await checked({ layers: 14, width: 24, variance: 2 })).cure).toBeNull();
  });

  it("is not tried where the gradient is lost altogether, for none could follow it", async () => {
    const r = await checked({ layers: 14, width: 24, variance: 1e-30 });
    expect(r.verdict === "vanishing" && r.spread!.fall.value > 400).toBe(true);
    expect((await checked({ layers: 8, width: 8, variance: 0 })).cure).toBeNull();
  });

  it("lies within e^±6 and is the best of what was tried", async () => {
    const r = await checked({ layers: 5, width: 24, variance: 1e-7 });
    expect(r.verdict).toBe("vanishing");
    expect(Math.abs(Math.log(r.cure!.factor))).toBeLessThanOrEqual(6 + 1e-9);
    expect(r.cure!.verdict).toBe("vanishing");
  });

  it("is judged over the same examples, whatever the seed", async () => {
    const [a, b] = [
      await checked({ layers: 14, width: 24, variance: 0.5 }, { seed: 1 }),
      await checked({ layers: 14, width: 24, variance: 0.5 }, { seed: 2 }),
    ];
    expect(a.cure).toEqual(b.cure);
  });
});
