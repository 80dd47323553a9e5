import { describe, expect, it } from "vitest";
import { tensor } from "../../src/graph/tensor.js";
import type { Tensor } from "../../src/graph/tensor.js";
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
      says: /reaches neither the loss nor/,
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
    { what: "infinity in an input", file: "nf_input", verdict: "non-finite", findings: forward("x"), nonFinite: ["input", 1, 3] },
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

  it("is refused where a batch holds NaN", async () => {
    const own = batchOf("nf_finite");
    const x = own.get("x")!;
    const spoilt = new Map([
      ...own,
      [
        "x",
        tensor(
          "float32",
          x.shape,
          Float32Array.from(x.data, (v, i) => (i === 3 ? NaN : v)),
        ),
      ],
    ]);
    await expect(checked({ file: "nf_finite", batches: () => [spoilt] })).rejects.toBeInstanceOf(IsogradError);
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
      what: "NaN on the way to another output",
      file: "nf_other_output",
      verdict: "healthy",
      notLookedAt: [["output entropy", /no part in the loss/]],
      never: ["non-finite-forward"],
    },
    {
      what: "and is none where that output is chosen",
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
