import { describe, expect, it } from "vitest";
import type { Evidence } from "../../src/doctor/evidence.js";
import { chanceLimit } from "../../src/doctor/shared/silent-units.js";
import { modulePath } from "../../src/graph/module-path.js";
import { TOLD } from "../../src/doctor/precision-loss.js";
import { APART } from "../../src/doctor/scale-mismatch.js";
import type { NonFinite } from "../../src/probe/first-non-finite.js";
import { Net, chain, evidenceOf, hidden, of, residual, withLost, withReadings } from "./support.js";

const healthy = evidenceOf(chain({ depth: 6, width: 32 }));

describe("units that do nothing", () => {
  it("finds dead ones, and names the layer", () => {
    const f = of(hidden(-50, "relu"), "dead-units")[0]!;
    expect(f.severity).toBe("warning");
    expect(f.evidence).toContain("in 1 of 3 layers");
    expect(f.evidence).toContain("75 % of 32");
    expect(of(hidden(0, "relu"), "dead-units")).toEqual([]);
  });

  it("finds saturated ones", () => {
    const f = of(hidden(10, "tanh"), "saturated-units")[0]!;
    expect(f.severity).toBe("warning");
    expect(f.evidence).toContain("75 % of 32");
    expect(of(hidden(0, "tanh"), "saturated-units")).toEqual([]);
    expect(of(hidden(0, "tanh", 25), "saturated-units").filter((x) => x.severity !== "info")).toEqual([]);
  });

  it("asks for more than chance in a small batch", () => {
    expect(chanceLimit(0.95, 1, 1e6)).toBeCloseTo(1);
    expect(chanceLimit(0.95, 64, 1e6)).toBeCloseTo(0.95 ** 64 + 0.05);
    expect(chanceLimit(0.95, 16, 64)).toBeGreaterThan(0.6);
    expect(chanceLimit(0.95, 2, 256)).toBeLessThan(1);
    // Two examples with cosine ρ are both on the wrong side of a random direction with probability ½ − arccos(ρ)/2π (Sheppard 1899).
    for (const rho of [0.3, 0.9]) expect(chanceLimit(0, 2, 1e9, rho)).toBeCloseTo(0.5 - Math.acos(rho) / (2 * Math.PI) + 0.05, 4);
    expect(chanceLimit(0.95, 64, 1e6, 0.99)).toBeGreaterThan(0.35);
  });

  it("does not blame units where examples are alike", () => {
    const c = evidenceOf(chain({ depth: 30 }));
    expect(of(c, "collapse").length).toBe(1);
    expect(of(c, "dead-units")).toEqual([]);
  });

  it("has a warning from three fifths of a layer on", () => {
    const sites = healthy.places.units.map((u) => u.site);
    const at = (dead: number): Evidence => ({ ...withReadings(healthy, "dead-share", sites, (i) => (i === 2 ? dead : 0)), examples: 64 });
    expect(of(at(0.6), "dead-units")[0]!.severity).toBe("warning");
    expect(of(at(0.59), "dead-units")[0]!.severity).toBe("info");
    expect(of(at(0.05), "dead-units")).toEqual([]);
  });
});

describe("values that are not finite", () => {
  it("come of a broken power of a negative base, which no epsilon in a denominator mends", () => {
    const power = {
      op: "Pow",
      kind: "NaN" as const,
      operands: [
        { name: "u", low: -0.2, high: 0.4 },
        { name: "half", low: 0.5, high: 0.5 },
      ],
    };
    const [f] = of(at(power), "non-finite-forward");
    expect([f!.facts["cause"], f!.remedy.includes("Clamp its input above 0")]).toEqual(["domain", true]);
  });
  const at = (f: Partial<NonFinite>): Evidence => ({
    ...healthy,
    nonFinite: {
      direction: "forward",
      node: "/block/Exp",
      op: "Exp",
      value: "v",
      operands: [{ name: "u", low: -3, high: 120 }],
      example: 2,
      examples: 1,
      kind: "infinity",
      count: 1,
      elements: 4,
      reaches: true,
      masked: false,
      ...f,
    },
  });
  it("names the node, the operands' ranges and the example", () => {
    const f = of(at({}), "non-finite-forward")[0]!;
    expect(f).toMatchObject({
      severity: "error",
      where: "block ▸ Exp (Exp)",
      evidence: "v holds infinity (in example 2); of its operands u lies in [-3.00, 120]",
    });
    expect(f.why).toContain("88.7");
    expect(of(at({}), "non-finite-backward")).toEqual([]);
    expect(of(healthy, "non-finite-forward")).toEqual([]);
  });
  it("says what each op cannot take", () => {
    const why = (f: Partial<NonFinite>): string => of(at(f), "non-finite-forward")[0]!.why;
    expect(why({ op: "Log", operands: [{ name: "p", low: 0, high: 1 }] })).toContain("Log of zero");
    expect(why({ op: "Log", operands: [{ name: "p", low: -1, high: 1 }], kind: "NaN" })).toContain("negative");
    expect(
      why({
        op: "Div",
        operands: [
          { name: "a", low: 1, high: 2 },
          { name: "b", low: 0, high: 1 },
        ],
      }),
    ).toContain("0/0");
    expect(why({ op: "Softmax", kind: "NaN" })).toContain("masked");
    expect(why({ op: "MatMul", operands: [{ name: "a", low: -1e30, high: 1e30 }] })).toContain("growth from layer to layer");
    expect(why({ op: "Erf", operands: [{ name: "a", low: -1, high: 1 }] })).toContain("finite operands");
    expect(of(at({ op: "input", node: "x", value: "x", operands: [], example: null }), "non-finite-forward")[0]!.where).toBe("x");
  });
  it("says in how many examples, and what a value that reaches nothing is: a remark", () => {
    const several = of(at({ examples: 3 }), "non-finite-forward")[0]!;
    expect(several.evidence).toContain("(in 3 of 16 examples, first in example 2)");
    expect(of(at({ example: null, examples: null }), "non-finite-forward")[0]!.evidence).toMatch(/^v holds infinity; of its operands/);
    const dropped = of(at({ reaches: false }), "non-finite-forward")[0]!;
    expect(dropped.severity).toBe("info");
    expect(dropped.why).toContain("It reaches neither the loss, nor an output, nor the gradient of a parameter or an input");
  });
  it("says what the −∞ of a mask does", () => {
    const dark = [{ name: "s", low: -Infinity, high: -Infinity }];
    const why = (f: Partial<NonFinite>): string => of(at({ masked: true, operands: dark, ...f }), "non-finite-forward")[0]!.why;
    expect(why({ op: "Softmax", kind: "NaN" })).toContain("A softmax over a row of -infinity only");
    expect(why({ op: "Mul", kind: "NaN" })).toContain("The -infinity of a mask meets Mul, which makes NaN of it");
    expect(why({ op: "Loss", node: "loss" })).toContain("A label is a class whose score the mask makes -infinity");
  });
  it("knows what overflows, what divides and what is steep by the ops' traits", () => {
    const near = [{ name: "a", low: -1, high: 1 }];
    const why = (f: Partial<NonFinite>): string => of(at({ operands: near, ...f }), `non-finite-${f.direction ?? "forward"}`)[0]!.why;
    for (const op of ["Exp", "Sinh", "Cosh", "Pow"]) expect(why({ op }), op).toContain("leaves float32's range");
    for (const op of ["Reciprocal", "Mod", "Pow"]) expect(why({ op, kind: "NaN" }), op).toContain("meets a zero");
    // These guard against a zero norm.
    for (const op of ["ReduceL2", "LpNormalization"]) expect(why({ op, kind: "NaN" }), op).not.toContain("meets a zero");
    expect(why({ op: "ReduceLogSum", kind: "NaN" })).toContain("negative");
    for (const op of ["Acosh", "Atanh", "Acos", "Log"]) expect(why({ op, direction: "backward" }), op).toContain("slope is infinite");
    expect(why({ op: "ReduceL2", direction: "backward" })).not.toContain("slope is infinite");
  });
  it("tells slopes that are infinite where values are not", () => {
    const f = of(at({ direction: "backward", op: "Sqrt", node: "root", operands: [{ name: "g", low: 0, high: 1 }] }), "non-finite-backward")[0]!;
    expect(f.why).toContain("slope is infinite");
    expect(f.where).toBe("root (Sqrt), backward");
    const grown = of(at({ direction: "backward", op: "MatMul", operands: [{ name: "g", low: -1e32, high: 1e32 }] }), "non-finite-backward")[0]!;
    expect(grown.why).toContain("growth");
  });
});

describe("no gradient", () => {
  it("tells parameters behind a dead layer", () => {
    const net = new Net([8, 16]);
    const dead = net.relu(net.op("Add", [net.linear("x", "a", 16, 16), net.weight("a.bias", [16], -100)]));
    const c = evidenceOf(net.graph(net.linear(net.relu(net.linear(dead, "b", 16, 16)), "head", 16, 4)));
    const f = of(c, "no-gradient").find((x) => x.severity === "warning")!;
    expect(f.where).toContain("a.weight");
    expect(of(healthy, "no-gradient")).toEqual([]);
  });

  it("knows branches that start at zero", () => {
    const scaled = of(evidenceOf(residual({ depth: 4, branchScale: 0 })), "no-gradient");
    expect(scaled.map((f) => f.severity)).toEqual(["info"]);
    const net = new Net([8, 16]);
    let x = net.linear("x", "stem", 16, 16, 1);
    for (let i = 0; i < 3; i++) {
      const f = net.relu(net.linear(x, `b${i}.fc1`, 16, 16));
      x = net.add(x, net.op("MatMul", [f, net.weight(`b${i}.fc2.weight`, [16, 16], 0)]));
    }
    const zeroed = of(evidenceOf(net.graph(net.linear(x, "head", 16, 4))), "no-gradient");
    expect(zeroed.map((f) => f.severity)).toEqual(["info"]);
    expect(zeroed[0]!.where).toBe("b0.fc1.weight, b1.fc1.weight, b2.fc1.weight");
  });

  it("takes no bias that starts at zero for what shuts a branch, also where it is reshaped first", () => {
    const at = (bias: number): ReturnType<typeof of> => {
      const net = new Net([8, 16]);
      const dead = net.relu(net.op("Add", [net.linear("x", "a", 16, 16), net.weight("a.bias", [16], -100)]));
      const added = net.op("Reshape", [net.weight("head.bias", [4], bias), net.ints("row", [1, 4])]);
      return of(evidenceOf(net.graph(net.op("Add", [net.linear(dead, "head", 16, 4), added]))), "no-gradient");
    };
    expect(at(0).map((f) => [f.facts["reason"], f.facts["parameters"]])).toEqual([
      ["zero-slope", ["a.weight", "a.bias"]],
      ["zero-slope", ["head.weight"]],
    ]);
    expect(at(1).map((f) => [f.facts["reason"], f.facts["parameters"]])).toEqual([["zero-slope", ["a.weight", "a.bias", "head.weight"]]]);
  });

  it("tells of numbers too small for the arithmetic where weights are tiny, though none of them is zero", () => {
    const net = new Net([8, 16]);
    let x = "x";
    for (let i = 0; i < 6; i++) x = net.relu(net.op("Add", [net.linear(x, `l${i}`, 16, 16, 1e-200), net.weight(`l${i}.bias`, [16], 0)]));
    const c = evidenceOf(net.graph(net.op("Add", [net.linear(x, "head", 16, 4, 1e-200), net.weight("head.bias", [4], 0)])));
    const found = of(c, "no-gradient");
    expect(found.flatMap((f) => f.facts["parameters"])).toHaveLength(13);
    for (const f of found) {
      expect(f.facts).toMatchObject({ reason: "zero-slope", of: 14 });
      expect(f.why).toContain("too small for the arithmetic");
    }
    expect(of(c, "vanishing")[0]!.why).toContain("too small for the arithmetic");
  });

  it("says that a head which starts at zero shuts all before it", () => {
    const net = new Net([8, 16]);
    let x = "x";
    for (let i = 0; i < 3; i++) x = net.relu(net.linear(x, `l${i}`, 16, 16));
    const c = evidenceOf(net.graph(net.op("MatMul", [x, net.weight("head.weight", [16, 4], 0)])));
    expect(c.verdict.decision).toBe("undecided");
    expect(of(c, "no-gradient").map((f) => [f.severity, f.where])).toEqual([["info", "head.weight"]]);
    expect(of(c, "no-gradient")[0]!.evidence).toContain("the gradients of 3 of 4 parameters are exactly zero");
  });

  it("passes over masks and constants, which are no weights", () => {
    const net = new Net([8, 16]);
    const masked = net.op("Mul", [net.relu(net.linear("x", "a", 16, 16)), net.weight("mask", [16], (i) => (i < 8 ? 0 : 1))]);
    const filled = net.op("Max", [masked, net.weight("fill", [16], (i) => (i < 8 ? 0 : -1e9))]);
    const dead = net.relu(net.op("Add", [net.op("Relu", [net.weight("b.bias", [16], -1)]), filled]));
    const found = of(evidenceOf(net.graph(net.linear(dead, "head", 16, 4))), "no-gradient").map((f) => f.where);
    expect(found).toEqual(["b.bias"]);
  });

  it("counts examples", () => {
    const at = (zeroExamples: number) => of({ ...healthy, zeroExamples }, "no-gradient").map((f) => f.severity);
    expect([at(0), at(1), at(8), at(9)]).toEqual([[], ["info"], ["info"], ["warning"]]);
  });
});

describe("scale mismatch", () => {
  const shifted = (by: number): Evidence =>
    withReadings(
      healthy,
      "ln-gradient",
      healthy.places.parameters.map((p) => p.site),
      (i) => {
        let squares = 0;
        for (const v of healthy.places.parameters[i]!.parameter.value.data) squares += v * v;
        return 0.5 * Math.log(squares) + (i === 2 ? by : 0);
      },
    );
  it("has its threshold at 1000-fold, either way", () => {
    for (const sign of [1, -1]) {
      expect(of(shifted(sign * (APART + 0.01)), "scale-mismatch")[0]).toMatchObject({ severity: "warning", where: "layers.2.fc.weight" });
      expect(of(shifted(sign * (APART - 0.01)), "scale-mismatch")).toEqual([]);
    }
  });
  it("is measured on a layer that starts far too large under norms", () => {
    const net = new Net([16, 24]);
    let x = "x";
    for (let i = 0; i < 5; i++) x = net.relu(net.batchNorm(net.linear(x, `l${i}`, 24, 24, i === 2 ? 2e4 : 2), `n${i}`, 24));
    const c = evidenceOf(net.graph(net.linear(x, "head", 24, 4)));
    expect(of(c, "scale-mismatch")[0]!.where).toBe("l2.weight");
    expect(of(evidenceOf(chain({ depth: 5, width: 24, norm: true })), "scale-mismatch")).toEqual([]);
  });

  it("only remarks on short weights before a norm, which settle by themselves", () => {
    const at = (scale: number): string | undefined => {
      const net = new Net([16, 24]);
      let x = "x";
      for (let i = 0; i < 5; i++) x = net.relu(net.batchNorm(net.linear(x, `l${i}`, 24, 24, i === 0 ? scale : 2), `n${i}`, 24));
      return of(evidenceOf(net.graph(net.linear(x, "head", 24, 4)), { batches: 1 }), "scale-mismatch")[0]?.severity;
    };
    expect([at(2e-4), at(2), at(2e4)]).toEqual(["info", undefined, "warning"]);
  });

  it("only remarks on branches that begin with a tiny factor", () => {
    const net = new Net([16, 24]);
    let x = net.linear("x", "stem", 24, 24, 1);
    for (let i = 0; i < 6; i++) {
      if (i === 3) x = net.linear(net.layerNorm(x, "n", 24), "down", 24, 24);
      x = net.add(x, net.times(net.linear(net.relu(net.layerNorm(x, `n${i}`, 24)), `l${i}`, 24, 24), `scale${i}`, 1e-6));
    }
    const [f, ...more] = of(evidenceOf(net.graph(net.linear(x, "head", 24, 4))), "scale-mismatch");
    expect(more).toEqual([]);
    expect(f).toMatchObject({ severity: "info" });
    expect(f!.where.split(", ").sort()).toEqual(["down.weight", "stem.weight"]);
    expect(f!.why).toContain("begin with a factor of 1.0e-6");
  });
});

describe("precision loss", () => {
  const at = (float16: number, lnLargest: number, extra: Partial<Evidence> & { bfloat16?: number; loss?: number | undefined } = {}): Evidence => ({
    ...withLost(healthy, { float16, bfloat16: extra.bfloat16 ?? 0, lnLargest, loss: "loss" in extra ? extra.loss : 1 }),
    ...(extra.lossScale === undefined ? {} : { lossScale: extra.lossScale }),
  });
  it("remarks on shares that float16 loses, and finds a loss scale", () => {
    const f = of(at(TOLD.float16 + 0.01, Math.log(1e-3)), "precision-loss")[0]!;
    expect(f.severity).toBe("info");
    // 65504 / 16 / 1e-3 = 4.09e6, which is 2^21.97.
    expect(f.remedy).toContain("A loss scale of 2097152 ");
    expect(of(at(TOLD.float16 - 0.01, Math.log(1e-3)), "precision-loss")).toEqual([]);
  });
  it("warns of a loss scale under which gradients overflow", () => {
    const f = of(at(0, Math.log(1), { lossScale: 65536 }), "precision-loss")[0]!;
    expect(f.severity).toBe("warning");
    expect(f.remedy).toContain("at most 2048 ");
    expect(of(at(0, Math.log(1), { lossScale: 1024 }), "precision-loss")).toEqual([]);
  });
  it("warns where even bfloat16 ends, and is silent without a loss", () => {
    expect(of(at(1, -90, { bfloat16: 0.02 }), "precision-loss").map((f) => f.severity)).toEqual(["warning", "info"]);
    expect(of(at(1, -90, { bfloat16: 0.02, loss: undefined }), "precision-loss")).toEqual([]);
  });
});

describe("step too large", () => {
  const at = (learningRate: number, lambdaMax = 20): ReturnType<typeof of> =>
    of({ ...healthy, curvature: { lambdaMax, learningRate } }, "step-too-large");
  it("is an error far beyond 2/λmax, a warning and a remark nearer to it, and says that depth is not to blame", () => {
    const [f] = at(0.7);
    expect(f!.severity).toBe("error");
    expect(f!.evidence).toContain("the learning rate 0.7 is ×7.00 the limit 2/λmax = 0.100 (λmax is 20.0 on this batch)");
    expect(f!.why).toContain("The profile is healthy, so depth is not what makes such a step diverge: this learning rate is ×7.00 the limit 2/λmax.");
    const severities = [0.0999, 0.1001, 0.18, 0.2, 0.299, 0.301, 0.599, 0.601].map((rate) => at(rate)[0]!.severity);
    expect(severities).toEqual(["info", "info", "info", "info", "info", "warning", "warning", "error"]);
    expect(at(0.0499)).toEqual([]);
    expect(at(1, -3)).toEqual([]);
    expect(at(1, NaN)).toEqual([]);
    expect(of(healthy, "step-too-large")).toEqual([]);
  });
});

it("writes places from the outside in", () => {
  expect(modulePath("/layer1/layer1.0/conv1/Conv")).toBe("layer1.0 ▸ conv1 ▸ Conv");
  expect(modulePath("Conv_12")).toBe("Conv_12");
});
