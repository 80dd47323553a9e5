import { describe, expect, it } from "vitest";
import { keptAlong } from "../../src/doctor/shared/borders.js";
import { FEW } from "../../src/doctor/shared/norms.js";
import { foldedNorms } from "../../src/passes/folded-norms.js";
import type { Evidence } from "../../src/doctor/evidence.js";
import type { Decision } from "../../src/verdict/types.js";
import { Net, chain, convolutions, evidenceOf, findings, folded, of, residual, spread, withVerdict } from "./support.js";

describe("folded norms", () => {
  /** Names as TorchScript gives them to weights and biases that it computed; those of the last layer stay. */
  const renamed = (made: (n: number) => string): ((name: string) => string) => {
    const given = new Map<string, string>();
    return (s) => {
      if (/^(stem|b\d)/.test(s) && !given.has(s)) given.set(s, made(100 + given.size));
      return given.get(s) ?? s;
    };
  };

  it("recognises them by the names that exporters leave", () => {
    for (const made of [(n: number) => `onnx::Conv_${n}`, (n: number) => `${n}`, (n: number) => `_v_${n}`]) {
      const c = evidenceOf(folded({ names: renamed(made) }));
      const f = of(c, "norm-folded")[0]!;
      expect(f.severity).toBe("warning");
      expect(f.evidence).toContain("a bias on 7 of 7 convolutions");
      expect(f.evidence).toContain(made(100));
      expect(f.why).toContain("Your BatchNorm has been folded away");
      expect(f.remedy).toContain("dynamo=False");
      expect(foldedNorms(c.bound.model)?.traces.length).toBe(7);
    }
  });

  it("says so once, and not in other findings", () => {
    const c = evidenceOf(folded({ names: renamed((n) => `onnx::Conv_${n}`) }));
    const ill = withVerdict(c, { decision: "exploding", rise: spread(9), from: 0, to: 3 });
    const found = findings(ill);
    expect(found.map((f) => [f.rule, f.severity]).slice(0, 2)).toEqual([
      ["norm-folded", "warning"],
      ["exploding", "warning"],
    ]);
    for (const f of found.slice(1)) expect(f.why).not.toMatch(/folded/);
  });

  it("is silent where all names are numbers: old versions of PyTorch named no weight", () => {
    const numbers = new Map<string, string>();
    const names = (s: string): string => (s.includes(".") ? (numbers.get(s) ?? numbers.set(s, `${numbers.size + 1}`).get(s)!) : s);
    expect(foldedNorms(evidenceOf(folded({ names })).bound.model)).toBeUndefined();
  });

  it("leaves others alone: without biases, plain as VGG was, with norms, and residual blocks that never had norms", () => {
    expect(of(evidenceOf(folded({ bias: false })), "norm-folded")).toEqual([]);
    expect(of(evidenceOf(folded()), "norm-folded")).toEqual([]);
    expect(of(evidenceOf(convolutions({ depth: 6, bias: true, size: 6 })), "norm-folded")).toEqual([]);
    expect(of(evidenceOf(convolutions({ depth: 6, bias: true, norm: true, size: 6 })), "norm-folded")).toEqual([]);
    expect(of(evidenceOf(residual({ depth: 4 })), "norm-folded")).toEqual([]);
  });

  it("suspects them behind depthwise convolutions with biases, as a remark", () => {
    const net = new Net([2, 8, 6, 6]);
    let x = "x";
    for (let i = 0; i < 3; i++) {
      x = net.relu(net.conv(x, `b${i}.depthwise`, 8, 8, { bias: true, group: 8 }));
      x = net.relu(net.conv(x, `b${i}.pointwise`, 8, 8, { bias: true }));
    }
    const c = evidenceOf(net.graph(net.linear(net.op("Flatten", [net.op("GlobalAveragePool", [x])], { axis: 1 }), "fc", 8, 4, 1)));
    const f = of(c, "norm-folded")[0]!;
    expect([f.severity, foldedNorms(c.bound.model)]).toEqual(["info", undefined]);
    expect(f.evidence).toContain("3 depthwise convolutions");
  });
});

describe("norms in inference mode", () => {
  const still = (depth: number, stats: { mean?: number } = {}): Evidence => {
    const net = new Net([16, 64]);
    let x = net.linear("x", "stem", 64, 64, 1);
    for (let i = 0; i < depth; i++)
      x = net.add(x, net.linear(net.relu(net.batchNorm(x, `blocks.${i}.bn`, 64, { training: false, ...stats })), `blocks.${i}.fc`, 64, 64));
    return evidenceOf(net.graph(net.linear(x, "head", 64, 10, 1)));
  };
  /** As a check-up measures such a file: with the statistics of the batch, and beside it what the file gives. */
  const inTraining = (e: Evidence, decision: Decision): Evidence => ({
    ...e,
    bound: { ...e.bound, batchNorms: e.bound.batchNorms.map((n) => ({ ...n, training: true })) },
    stored: { decision },
  });

  it("warns where they lead to a diagnosis, and sees that nothing was ever stored", () => {
    const c = evidenceOf(residual({ depth: 24, order: "batch-inside", training: false }));
    expect(c.verdict.decision).toBe("exploding");
    const f = of(c, "norm-inference-mode")[0]!;
    expect(f.severity).toBe("warning");
    expect(f.evidence).toBe(
      "24 of 24 BatchNormalizations have constant statistics in the file; those of 24 are mean 0 and variance 1, as they were made",
    );
    expect(of(c, "exploding")[0]!.why).not.toContain("inference mode");
  });
  it("remarks on them where the statistics of the batch were measured", () => {
    const f = of(inTraining(still(3, { mean: 0.1 }), "exploding"), "norm-inference-mode")[0]!;
    expect(f.severity).toBe("info");
    expect(f.why).toContain("With those of the file it gives: exploding.");
  });
  it("warns there too where the statistics were never updated and the file gives no healthy profile", () => {
    expect(of(inTraining(still(3), "exploding"), "norm-inference-mode")[0]!.severity).toBe("warning");
    expect(of(inTraining(still(3), "healthy"), "norm-inference-mode")[0]!.severity).toBe("info");
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
    const ill = withVerdict(c, { decision: "exploding", rise: spread(rise), from: 0, to: 11 });
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

describe("statistics that no batch makes", () => {
  const fixed = (variance: number): Evidence => {
    const net = new Net([8, 16]);
    const x = net.batchNorm(net.linear("x", "a", 16, 16), "bn", 16, { training: false, mean: 0.1, var: variance });
    return evidenceOf(net.graph(net.linear(net.relu(x), "head", 16, 4)));
  };
  it.each([-5, NaN, Infinity])("are a warning, whatever the verdict: a variance of %s", (variance) => {
    const [f] = of(fixed(variance), "norm-inference-mode");
    expect(f!.severity).toBe("warning");
    expect(f!.why).toContain("1 norm has a variance or a mean that is none (bn.running_var: negative, or not finite)");
    expect(f!.facts["buffers"]).toEqual(["bn.running_var"]);
  });
  it("are not those of a trained network", () => expect(of(fixed(0.3), "norm-inference-mode")[0]!.facts["broken"]).toBe(0));
});
