import { describe, expect } from "vitest";
import { table } from "./case.js";

describe("chains of blocks of one kind", () => {
  table([
    {
      what: "sigmoids behind two convolutions",
      file: "chain_sigmoids_behind",
      verdict: "vanishing",
      findings: [["vanishing", "error", "dense.0.0 … dense.9.0"]],
      cure: "healthy",
    },
    {
      what: "behind four",
      file: "chain_sigmoids_behind_4",
      verdict: "vanishing",
      findings: [["vanishing", "error", "dense.0.0 … dense.7.0"]],
      cure: "healthy",
      chains: [
        ["conv.2 … conv.6", "healthy"],
        ["dense.0.0 … dense.7.0", "vanishing"],
      ],
    },
    {
      what: "dense layers before convolutions",
      file: "chain_decoder",
      verdict: "healthy",
      chains: [
        ["dense.1 … dense.4", "healthy"],
        ["up.0 … convs.4", "healthy"],
      ],
    },
    {
      what: "dense sigmoids before convolutions",
      file: "chain_decoder_sigmoids",
      verdict: "vanishing",
      findings: [["vanishing", "error", "dense.1 … dense.8"]],
      cure: "healthy",
      chains: [
        ["dense.1 … dense.8", "vanishing"],
        ["up.0 … convs.4", "healthy"],
      ],
    },
    {
      what: "convolutions, steps in time, dense layers",
      file: "chain_crnn",
      setAside: ["/rnn/Constant_output_0"],
      verdict: "healthy",
      chains: [
        ["convs.1 … convs.3", "healthy"],
        ["rnn", "healthy"],
        ["dense.0 … dense.2", "healthy"],
      ],
    },
  ]);
});

describe("one factor on all weights", () => {
  table([
    {
      what: "cures convolutions by PyTorch's default",
      file: "chain_plain_convolutions",
      verdict: "vanishing",
      findings: [["vanishing", "error"]],
      cure: "healthy",
      also: (r) => expect(Math.log(r.cure!.factor / Math.sqrt(6))).toBeCloseTo(0, 0),
    },
    {
      what: "halves He's doubled weights",
      file: "cure_he_double",
      verdict: "exploding",
      findings: [["exploding", "error"]],
      cure: "healthy",
      also: (r) => expect(r.cure!.factor).toBeCloseTo(0.5, 1),
    },
    {
      what: "cures tanhs with too large weights",
      file: "cure_tanh_large",
      verdict: "exploding",
      findings: [["exploding", "error"]],
      cure: "healthy",
    },
    {
      what: "and with too small ones",
      file: "cure_tanh_small",
      verdict: "vanishing",
      findings: [["vanishing", "error"]],
      cure: "healthy",
      also: (r) => expect(r.cause).toBe("units"),
    },
    {
      what: "makes branches of bare skips small",
      file: "cure_skips",
      verdict: "exploding",
      findings: [
        ["exploding", "error"],
        ["unscaled-residual", "warning"],
      ],
      cure: "healthy",
      also: (r) => expect(r.cure!.factor).toBeLessThan(1),
    },
    {
      what: "does nothing to BatchNorm",
      file: "chain_batch_norm",
      verdict: "exploding",
      findings: [["exploding", "error"]],
      cure: "exploding",
      says: /No one factor on all weights cures it/,
    },
    { what: "is not tried on a short chain with BatchNorm", file: "chain_batch_norm_8", verdict: "healthy" },
    {
      what: "is said by headline and remedy alike",
      file: "cure_sigmoid",
      verdict: "vanishing",
      findings: [["vanishing", "error"]],
      cure: "healthy",
      says: /One factor cures it/,
      also: (r) => expect(r.sentence).toContain("One factor cures it"),
    },
  ]);
});

describe("one example, or one batch", () => {
  table([
    {
      what: "near ×100 is undecided",
      file: "near_one_example",
      verdict: "undecided",
      also: (r) => expect(r.settings.find((s) => s.what === "interval")?.value).toMatch(/there is one example/),
    },
    {
      what: "far from it is decided, with an interval",
      file: "near_far_one_example",
      verdict: "exploding",
      findings: [["exploding", "error"]],
      cure: "healthy",
    },
    {
      what: "of examples that mix, near ×100, is undecided",
      file: "near_one_batch",
      verdict: "undecided",
      also: (r) => expect(r.settings.find((s) => s.what === "interval")?.value).toMatch(/examples influence each other/),
    },
  ]);
});
