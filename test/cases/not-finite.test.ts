import { describe, expect, it } from "vitest";
import { tensor } from "../../src/graph/tensor.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { isQuiet } from "../../src/study/accept.js";
import type { CheckRecord } from "../../src/study/check-record.js";
import { IsogradError } from "../../src/util/errors.js";
import type { Case, Wanted } from "./case.js";
import { batchOf, checked, table } from "./case.js";

const mask = ["mask"];
const beside = [
  ["attention.0.* (4 parameters)", /feeds attention\.0/],
  ["attention.1.* (4 parameters)", /feeds attention\.1/],
] as const;
const forward = (where: string): readonly Wanted[] => [["non-finite-forward", "error", where]];
const backward = (where: string): readonly Wanted[] => [["non-finite-backward", "error", where]];

/** The batch with its inputs times a factor. */
const times = (batch: ReadonlyMap<string, Tensor>, factor: number): ReadonlyMap<string, Tensor> => {
  const x = batch.get("x")!;
  return new Map([
    ...batch,
    [
      "x",
      tensor(
        "float32",
        x.shape,
        Float32Array.from(x.data, (v) => v * factor),
      ),
    ],
  ]);
};

describe("−∞ of a mask", () => {
  table([
    {
      what: "a causal buffer is nothing",
      file: "nf_causal.none",
      verdict: "healthy",
      setAside: mask,
      never: ["non-finite-forward", "non-finite-backward"],
    },
    { what: "by Where", file: "nf_causal.where", verdict: "healthy", never: ["non-finite-forward", "non-finite-backward"] },
    { what: "the least float16 by Where", file: "nf_causal.float16", verdict: "healthy", never: ["non-finite-forward", "half-overflow"] },
    { what: "as an input, a few keys of one example", file: "nf_padded", verdict: "healthy", never: ["non-finite-forward", "non-finite-backward"] },
    {
      what: "is not blamed for log 0",
      file: "nf_causal.log",
      verdict: "non-finite",
      setAside: mask,
      findings: forward("Log"),
      nonFinite: ["Log", 8],
      says: /epsilon/,
    },
    {
      what: "nor for a root's slope that a ReLU drops",
      file: "nf_causal.sqrt",
      verdict: "healthy",
      setAside: mask,
      findings: [["non-finite-backward", "info", "Sqrt"]],
      says: /reaches neither the loss, nor an output, nor/,
      also: (r) => {
        const [f] = r.findings.filter((x) => x.rule === "non-finite-backward");
        expect(`${f!.why} ${f!.remedy}`).not.toMatch(/is NaN\. It reaches|does not help|are lost/);
        expect(f!.remedy).toMatch(/^Nothing as it is/);
      },
    },
    { what: "nor where that is beside the trunk", file: "nf_causal.beside", verdict: "healthy", setAside: mask },
    {
      what: "on all keys of one example is 0/0 in the softmax",
      file: "nf_row",
      verdict: "non-finite",
      findings: forward("attention.0 ▸ Softmax"),
      nonFinite: ["Softmax", 1, 5],
      says: /one key unmasked/,
    },
    { what: "but a finite one is not", file: "nf_row_finite", verdict: "healthy", never: ["non-finite-forward"] },
    {
      what: "by Where on all keys of one example",
      file: "nf_row_where",
      verdict: "non-finite",
      findings: forward("Softmax"),
      nonFinite: ["Softmax", 1, 2],
      says: /one key unmasked/,
    },
    {
      what: "on all of one memory",
      file: "nf_cross",
      verdict: "non-finite",
      findings: forward("attention.0 ▸ Softmax"),
      nonFinite: ["Softmax", 1, 6],
      judged: [12, 20],
      notLookedAt: beside,
    },
  ]);
});

describe("actions that a mask forbids", () => {
  table([
    { what: "none was taken", file: "nf_policy", verdict: "healthy" },
    {
      what: "one was taken in example 3",
      file: "nf_policy_masked",
      verdict: "non-finite",
      findings: forward("loss"),
      nonFinite: ["Loss", 1, 3],
      says: /A label is a class whose score the mask makes -infinity/,
    },
    { what: "a finite score leaves a large loss", file: "nf_policy_finite", verdict: "healthy", also: (r) => expect(r.loss).toBeGreaterThan(1e7) },
  ]);
});

describe("what makes values that are not finite", () => {
  table([
    ...[1, 4, 12, 15, 16].map((k): Case => ({
      what: `the root of 0 in ${k} of 16 examples: the loss is finite, its gradient is not`,
      file: `nf_root_${k}`,
      verdict: "non-finite",
      findings: k === 16 ? [...backward("Sqrt"), ["dead-units", "warning"]] : backward("Sqrt"),
      nonFinite: ["Sqrt", k, 0],
      says: /epsilon inside/,
      also: (r) => expect(r.loss).toBeGreaterThan(0),
    })),
    {
      what: "the same without a loss",
      file: "nf_root_4",
      options: { loss: "none" },
      verdict: "non-finite",
      findings: backward("Sqrt"),
      nonFinite: ["Sqrt", 4],
    },
    { what: "an epsilon outside of the root", file: "nf_root_sum", verdict: "non-finite", findings: backward("Sqrt"), nonFinite: ["Sqrt", 1, 2] },
    { what: "an epsilon inside", file: "nf_root_epsilon", verdict: "healthy" },
    { what: "a norm of 0", file: "nf_norm_op", verdict: "non-finite", findings: backward("Sqrt"), nonFinite: ["Sqrt", 1, 2] },
    {
      what: "0 over a norm of 0",
      file: "nf_norm_zero",
      verdict: "non-finite",
      findings: forward("Div"),
      nonFinite: ["Div", 2, 2],
      says: /0\/0 is NaN/,
    },
    { what: "a power below 1 of 0", file: "nf_power", verdict: "non-finite", findings: backward("Pow"), nonFinite: ["Pow", 1, 7] },
    {
      what: "1/0",
      file: "nf_inverse",
      verdict: "non-finite",
      findings: forward("Reciprocal"),
      nonFinite: ["Reciprocal", 1, 4],
      says: /1\/0 is infinite/,
    },
    { what: "the deviation of equal elements", file: "nf_std", verdict: "non-finite", findings: backward("Sqrt"), nonFinite: ["Sqrt", 1, 4] },
    { what: "the deviation of one element", file: "nf_std_of_one", verdict: "non-finite", findings: forward("Div"), nonFinite: ["Div", 8] },
    { what: "log of a softmax", file: "nf_log_softmax", verdict: "non-finite", findings: forward("Log"), nonFinite: ["Log", 8], says: /LogSoftmax/ },
    {
      what: "the fused one",
      file: "nf_log_softmax_fused",
      verdict: "healthy",
      never: ["exploding", "vanishing"],
    },
    { what: "log 0", file: "nf_log_zero", verdict: "non-finite", findings: forward("Log"), nonFinite: ["Log", 8] },
    { what: "Acos beyond 1", file: "nf_acos", verdict: "non-finite", findings: forward("Acos"), nonFinite: ["Acos", 8], says: /Clamp/ },
    {
      what: "Acos of 1 behind a clamp that drops its slope",
      file: "nf_acos_one",
      verdict: "healthy",
      findings: [["non-finite-backward", "info", "Acos"]],
    },
    { what: "exp beyond 88.7", file: "nf_exp", verdict: "non-finite", findings: forward("Exp"), nonFinite: ["Exp", 8], says: /88\.7/ },
    { what: "softplus, which does not", file: "nf_softplus", verdict: "healthy", never: ["exploding", "vanishing"] },
    {
      what: "a sigmoid written out: its value is finite, its gradient is not",
      file: "nf_exp_inverse",
      verdict: "non-finite",
      findings: forward("Exp"),
      nonFinite: ["Exp", 8],
      also: (r) => expect(r.loss).toBeGreaterThan(0),
    },
    { what: "NaN in a weight", file: "nf_weight", verdict: "non-finite", findings: forward("b.weight"), nonFinite: ["input", null] },
    { what: "infinity in a weight", file: "nf_weight_inf", verdict: "non-finite", findings: forward("b.weight"), nonFinite: ["input", null] },
    {
      what: "−∞ in a weight, which is no mask",
      file: "nf_weight_minus",
      verdict: "non-finite",
      findings: forward("b.weight"),
      nonFinite: ["input", null],
    },
    { what: "nothing", file: "nf_finite", verdict: "healthy" },
    { what: "nothing, on drawn inputs", file: "nf_finite", batches: () => undefined, verdict: "healthy" },
    {
      what: "only the gradient of an input beside the trunk",
      file: "nf_side_input",
      verdict: "non-finite",
      findings: backward("Sqrt"),
      nonFinite: ["Sqrt", 1, 3],
    },
    {
      what: "only the third of eight batches",
      file: "nf_one_batch",
      batches: (own) => [1, 1.1, 12, 0.9, 0.8, 0.7, 1.2, 0.6].map((f) => times(own, f)),
      verdict: "non-finite",
      findings: forward("Log"),
      nonFinite: ["Log", 5],
    },
    {
      what: "none of eight batches",
      file: "nf_one_batch",
      batches: (own) => [1, 1.1, 1.3, 0.9, 0.8, 0.7, 1.2, 0.6].map((f) => times(own, f)),
      verdict: "healthy",
    },
  ]);
});

describe("what a batch must not hold", () => {
  /** A value in place of one element of a tensor of the batch. */
  const spoilt = (name: string, t: Tensor, value: number): ReadonlyMap<string, Tensor> => {
    const data = Float64Array.from(t.data, (v, i) => (i === 3 ? value : v));
    return new Map([...batchOf("nf_finite"), [name, tensor("float64", t.shape, data)]]);
  };
  const x = batchOf("nf_finite").get("x")!;
  const target = tensor("float32", [8, 5], new Float32Array(40));
  it.each<[what: string, name: string, own: Tensor, value: number, says: string]>([
    ["NaN in an input", "x", x, NaN, '"x" holds NaN'],
    ["infinity in an input", "x", x, Infinity, '"x" holds infinity'],
    ["−∞ in an input that is no mask", "x", x, -Infinity, '"x" holds -infinity'],
    ["what float32 does not hold", "x", x, 1e39, '"x" holds 1e+39, which does not fit float32'],
    ["the same below zero", "x", x, -1e39, '"x" holds -1e+39, which does not fit float32'],
    ["NaN in a target", "target", target, NaN, '"target" holds NaN'],
    ["infinity in a target", "target", target, Infinity, '"target" holds infinity'],
    ["−∞ in a target", "target", target, -Infinity, '"target" holds -infinity'],
    ["a target that float32 does not hold", "target", target, 1e39, '"target" holds 1e+39, which does not fit float32'],
  ])("%s", async (_, name, own, value, says) => {
    const batch = new Map([...spoilt(name, own, value)].filter(([n]) => name !== "target" || n !== "labels"));
    const error: unknown = await checked({ file: "nf_finite", batches: () => [batch] }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(IsogradError);
    expect((error as IsogradError).message).toContain(says);
    expect((error as IsogradError).message).toContain("at element 3 of");
  });

  it("float64 holds more", async () => {
    const record = await checked({ file: "nf_finite", batches: () => [spoilt("x", x, 1e39)], options: { dtype: "float64" } });
    expect(record.verdict).not.toBe("non-finite");
  });

  it("nor an option", async () => {
    for (const value of [NaN, Infinity, -Infinity, 1e39])
      await expect(checked({ file: "nf_finite", options: { set: { x: value } } })).rejects.toBeInstanceOf(IsogradError);
  });
});

describe("outputs that take no part in the loss", () => {
  const [beyond, other] = [
    ["output value", /no part in the loss/],
    ["other.* (2 parameters)", /it serves the output value/],
  ] as const;
  const heads: Pick<Case, "judged" | "notLookedAt"> = { judged: [4, 6], notLookedAt: [beyond, other] };
  const finiteLoss = (r: CheckRecord): void => {
    expect(r.loss).toBeGreaterThan(0);
    expect(r.sentence).toMatch(/^Non-finite: the output value is not finite, in 8 of 8 examples.*gradients that were measured are finite/);
    expect(r.parameters.filter((p) => p.lnGradient !== null).every((p) => p.lnGradient! < Infinity)).toBe(true);
  };
  const never = ["non-finite-forward", "non-finite-backward"] as const;
  table([
    ...(
      [
        ["nan", "Div", /0\/0 is NaN/],
        ["log", "Log", /epsilon/],
        ["softmax", "Log", /LogSoftmax/],
        ["exp", "Exp", /88\.7/],
      ] as const
    ).map(([kind, op, says]): Case => ({
      what: `${op} before it`,
      file: `nf_heads.${kind}`,
      verdict: "non-finite",
      findings: forward(op),
      nonFinite: [op, 8, 0],
      says,
      also: finiteLoss,
      ...heads,
    })),
    { what: "a finite one", file: "nf_heads.finite", verdict: "healthy", never, ...heads },
    { what: "−∞ of a constant mask in it", file: "nf_heads.masked", verdict: "healthy", never, ...heads },
    {
      what: "−∞ by Where, scaled",
      file: "nf_forbidden",
      verdict: "healthy",
      never,
      ...heads,
      notLookedAt: [beyond, ["input allowed", /does not depend/], other],
    },
    {
      what: "the mask itself",
      file: "nf_masks_out",
      verdict: "healthy",
      never,
      judged: [4, 4],
      notLookedAt: [beyond, ["input allowed", /does not depend/]],
    },
    { what: "classes, which are integers", file: "nf_heads.classes", verdict: "healthy", never, ...heads },
    {
      what: "−∞ of a mask in the output that is chosen, without a loss",
      file: "nf_forbidden",
      options: { output: "value", loss: "none" },
      verdict: "healthy",
      never,
      judged: [4, 6],
      notLookedAt: [
        ["output logits", /no part/],
        ["head.* (2 parameters)", /serves the output logits/],
      ],
    },
    {
      what: "on drawn inputs",
      file: "nf_heads.nan",
      batches: () => undefined,
      verdict: "non-finite",
      findings: forward("Div"),
      nonFinite: ["Div", 8],
      ...heads,
    },
    {
      what: "only the third of eight batches is not",
      file: "nf_heads.exp",
      batches: (own) => [0.01, 0.02, 1, 0.07, 0.03, 0.04, 0.05, 0.06].map((f) => times(own, f)),
      verdict: "non-finite",
      findings: forward("Exp"),
      nonFinite: ["Exp", 8],
      ...heads,
    },
  ]);

  it("are not judged where they are accepted", async () => {
    const record = await checked({ file: "nf_heads.nan", options: { ignore: ["non-finite"] } });
    expect(isQuiet(record)).toBe(true);
  });
});

describe("what reaches nothing is a remark", () => {
  table([
    {
      what: "a root's slope that Where and ReLU drop",
      file: "nf_where_root",
      verdict: "healthy",
      findings: [["non-finite-backward", "info", "Sqrt"]],
    },
    { what: "NaN that Where drops", file: "nf_where_log", verdict: "healthy", findings: [["non-finite-forward", "info", "Log"]] },
    {
      what: "and is none at another output",
      file: "nf_other_output",
      verdict: "non-finite",
      findings: forward("Log"),
      nonFinite: ["Log", 8],
      notLookedAt: [["output entropy", /no part in the loss/]],
    },
    {
      what: "nor where that output is chosen",
      file: "nf_other_output",
      options: { output: "entropy", loss: { kind: "sum" } },
      verdict: "non-finite",
      findings: forward("Log"),
      nonFinite: ["Log", 8],
      judged: [2, 4],
      notLookedAt: [
        ["output logits", /no part/],
        ["head.* (2 parameters)", /it serves the output logits/],
      ],
    },
  ]);
});
