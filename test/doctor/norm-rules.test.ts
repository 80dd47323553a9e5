import { describe, expect, it } from "vitest";
import { keptAlong } from "../../src/doctor/shared/borders.js";
import { FEW } from "../../src/doctor/shared/norms.js";
import { chain, convolutions, evidenceOf, findings, folded, of, residual } from "./support.js";

describe("folded norms", () => {
  it("recognises them by the names that exporters leave", () => {
    let n = 100;
    const given = new Map<string, string>();
    const names = (s: string): string => {
      if (!/^(stem|b\d)/.test(s)) return s;
      if (!given.has(s)) given.set(s, `onnx::Conv_${n++}`);
      return given.get(s)!;
    };
    const c = evidenceOf(folded({ names }));
    const f = of(c, "norm-folded")[0]!;
    expect(f.severity).toBe("warning");
    expect(f.evidence).toContain("a bias on 7 of 7 convolutions");
    expect(f.evidence).toContain("onnx::Conv_100");
    expect(f.why).toContain("Your BatchNorm has been folded away");
    const bare = of(c, "unscaled-residual");
    for (const b of bare) {
      expect(b.severity).toBe("info");
      expect(b.why).toContain("folded away");
    }
  });

  it("tells them before anything that is diagnosed in such a file", () => {
    let n = 100;
    const given = new Map<string, string>();
    const c = evidenceOf(
      folded({
        names: (s) => {
          if (/^(stem|b\d)/.test(s) && !given.has(s)) given.set(s, `onnx::Conv_${n++}`);
          return given.get(s) ?? s;
        },
      }),
    );
    const ill = { ...c, verdict: { ...c.verdict, decision: "exploding" as const, rise: { value: 9, low: 9, high: 9 }, from: 0, to: 3 } };
    expect(
      findings(ill)
        .map((f) => [f.rule, f.severity])
        .slice(0, 2),
    ).toEqual([
      ["norm-folded", "warning"],
      ["exploding", "warning"],
    ]);
    const suspected = { ...evidenceOf(folded()), verdict: ill.verdict };
    expect(findings(suspected)[0]).toMatchObject({ rule: "exploding", severity: "error" });
  });

  it("suspects them in residual blocks without a norm", () => {
    const f = of(evidenceOf(folded()), "norm-folded")[0]!;
    expect(f.severity).toBe("info");
    expect(f.evidence).toContain("3 residual blocks");
  });

  it("leaves others alone: without biases, plain as VGG was, with norms", () => {
    expect(of(evidenceOf(folded({ bias: false })), "norm-folded")).toEqual([]);
    expect(of(evidenceOf(convolutions({ depth: 6, bias: true, size: 6 })), "norm-folded")).toEqual([]);
    expect(of(evidenceOf(convolutions({ depth: 6, bias: true, norm: true, size: 6 })), "norm-folded")).toEqual([]);
    expect(of(evidenceOf(residual({ depth: 4 })), "norm-folded")).toEqual([]);
  });
});

describe("norms in inference mode", () => {
  it("warns where they lead to a diagnosis, and sees that nothing was ever stored", () => {
    const c = evidenceOf(residual({ depth: 24, order: "batch-inside", training: false }));
    expect(c.verdict.decision).toBe("exploding");
    const f = of(c, "norm-inference-mode")[0]!;
    expect(f.severity).toBe("warning");
    expect(f.evidence).toBe("24 of 24 BatchNormalizations run with constant statistics; those of 24 are mean 0 and variance 1, as they were made");
    expect(of(c, "exploding")[0]!.why).toContain("norm-inference-mode");
  });
  it("only remarks on them in a healthy profile, and not on training mode", () => {
    expect(of(evidenceOf(residual({ depth: 3, order: "batch-inside", training: false })), "norm-inference-mode")[0]!.severity).toBe("info");
    expect(of(evidenceOf(residual({ depth: 3, order: "batch-inside" })), "norm-inference-mode")).toEqual([]);
  });
});

describe("norms over few values", () => {
  const at = (examples: number): ReturnType<typeof of> => of(evidenceOf(chain({ depth: 5, norm: true, examples, width: 16 })), "norm-small-batch");
  it("warns below 8 values per channel, with the law's factor", () => {
    const [f] = at(6);
    expect(f!.severity).toBe("warning");
    expect(f!.evidence).toContain("the least over 6");
    expect(f!.evidence).toContain("×4.21");
    expect(f!.why).toContain("×1.33 at N = 6");
    expect(at(FEW.values - 1).length).toBe(1);
    expect(at(FEW.values)).toEqual([]);
  });
  it("is named as the cause of a growth that is mostly its own", () => {
    const c = evidenceOf(chain({ depth: 12, norm: true, examples: 4, width: 24 }));
    const rise = c.chain.profiles.gradient.reduce((m, row) => m + (row[0]! - row.at(-1)!) / c.chain.profiles.gradient.length, 0);
    const ill = { ...c, verdict: { ...c.verdict, decision: "exploding" as const, rise: { value: rise, low: rise, high: rise }, from: 0, to: 11 } };
    const [f] = of(ill, "exploding");
    expect(f!.why).toMatch(
      /of it lies in 11 blocks whose BatchNorms run over fewer than 8 values \(norm-small-batch\); without them it would be ×1\./,
    );
    expect(f!.remedy).toMatch(/^First check with the batch that you train with/);
  });
  it("says what is left of one value, two and three", () => {
    expect(at(1)[0]!.why).toContain("no gradient passes");
    expect(at(2)[0]!.why).toContain("+1 and -1");
    expect(at(3)[0]!.why).toContain("no limit at N = 3");
  });
  it("counts places of a map, and remarks on few examples", () => {
    const on = (examples: number): ReturnType<typeof of> =>
      of(evidenceOf(convolutions({ depth: 3, norm: true, examples, size: 6, channels: 4 })), "norm-small-batch");
    expect(on(FEW.examples)).toEqual([]);
    expect(on(2)[0]!.severity).toBe("info");
    expect(on(1)[0]!.why).toContain("instance normalisation");
  });
});

describe("border effect", () => {
  it("knows the law", () => {
    const law = (s: number): number => ((1 + 2 * Math.cos(Math.PI / (s + 1))) / 3) ** 2;
    for (const s of [2, 4, 8, 16]) expect(keptAlong(s, 3, 1, 1, 1, 1) ** 2).toBeCloseTo(law(s), 12);
    // The same eigenvalue by iteration, for five taps on one place, two and many.
    expect(keptAlong(1, 5, 1, 1, 2, 2)).toBeCloseTo(1 / 5, 9);
    expect(keptAlong(2, 5, 1, 1, 2, 2)).toBeCloseTo(2 / 5, 9);
    expect(keptAlong(100, 5, 1, 1, 2, 2)).toBeGreaterThan(0.995);
    expect(keptAlong(8, 3, 1, 2, 2, 2)).toBeCloseTo(keptAlong(4, 3, 1, 1, 1, 1), 12);
    expect(keptAlong(4, 3, 2, 1, 1, 1)).toBeCloseTo(5 / 6, 12);
    expect(keptAlong(8, 3, 1, 1, 0, 0)).toBe(1);
  });

  it("expects what is measured on small maps", () => {
    const c = evidenceOf(convolutions({ depth: 10, size: 4, channels: 48, examples: 4 }));
    const f = of(c, "border-effect")[0]!;
    expect(f.severity).toBe("info");
    expect(f.evidence).toContain("76.2 %");
    const [, share] = /keep ×([\d.]+) /.exec(f.evidence)!;
    const fall = c.chain.profiles.gradient.map((row) => 2 * (row[0]! - row.at(-1)!));
    const measured = fall.reduce((s, v) => s + v, 0) / fall.length;
    expect(Math.abs(measured - Math.log(Number(share)))).toBeLessThan(0.7);
  });

  it("is silent on large maps, without padding, and behind a norm", () => {
    expect(of(evidenceOf(convolutions({ depth: 3, size: 16, channels: 4 })), "border-effect")).toEqual([]);
    expect(of(evidenceOf(convolutions({ depth: 3, size: 8, channels: 4, pad: 0 })), "border-effect")).toEqual([]);
    expect(of(evidenceOf(convolutions({ depth: 8, size: 4, channels: 4, norm: true })), "border-effect")).toEqual([]);
  });
});
