import { describe, expect } from "vitest";
import type { Case } from "./case.js";
import { table } from "./case.js";

describe("gradients relative to their weights", () => {
  table([
    {
      what: "a U-Net without norms: its middle gets less, and it trains",
      file: "scale_unet",
      verdict: "healthy",
      findings: [["scale-mismatch", "info", "down.0.0.weight"]],
      says: /none lies apart/,
      // What comes back by the long skips is no growth over the layers before them.
      also: (r) => r.chains!.forEach((c) => expect(c.spread.rise.value, c.name).toBeLessThan(Math.log(1.01))),
    },
    {
      what: "one weight of a U-Net with norms is 1,000 times as large",
      file: "scale_unet_large",
      verdict: "healthy",
      findings: [["scale-mismatch", "warning", "join.1.0.weight"]],
      says: /unequal weight norms/,
    },
    {
      what: "layers that read the input again, as they start",
      file: "scale_fed_again",
      verdict: "healthy",
      findings: [["vanishing", "info", "more"]],
      cure: "healthy",
    },
  ]);
});

describe("what norms over the batch run over", () => {
  const never = ["norm-small-batch"] as const;
  // Zeros into which the sums over neighbours are written.
  const CONSTANTS = [4, 10, 16].map((i) => `/Constant_${i}_output_0`);
  table([
    { what: "nodes of a graph whose inputs have different sizes", file: "rows_nodes", verdict: "healthy", setAside: CONSTANTS, never },
    { what: "nodes behind an axis of the batch", file: "rows_nodes_batched", verdict: "healthy", never },
    { what: "one image", file: "rows_one_image", verdict: "healthy", findings: [["norm-small-batch", "info", "n"]], says: /a batch of 1 example/ },
  ]);
});

describe("straight-through estimators, of which a file keeps the sum and not the detach", () => {
  const lost = (what: string, name: string): Case => ({
    what,
    file: name,
    verdict: "healthy",
    findings: [["no-gradient", "info", "a.weight"]],
    says: /adds \/b\/Gemm_output_0 and takes it away again/,
    judged: [4, 8],
    notLookedAt: [
      ["a.* (2 parameters)", /taken away again at Add/],
      ["b.* (2 parameters)", /taken away again at Add/],
    ],
  });
  table([
    lost("v + (round(v) − v)", "through_round"),
    lost("round(v) − v + v", "through_after"),
    lost("v + (code − v)", "through_codes"),
    { what: "v + (tanh(v) − v) loses nothing", file: "through_smooth", verdict: "healthy", never: ["no-gradient"] },
    {
      what: "a clamp that is flat everywhere is another matter",
      file: "through_nothing",
      verdict: "vanishing",
      findings: [
        ["vanishing", "error"],
        ["no-gradient", "warning", "a.weight"],
      ],
    },
  ]);
});

describe("branches that a factor shrinks before they join others", () => {
  const starved = (what: string, file: string, where: string): Case => ({
    what,
    file,
    verdict: "healthy",
    findings: [["scale-mismatch", "warning", where]],
    says: /A constant factor of/,
  });
  table([
    starved("one of two that are added", "starved.added", "b.weight"),
    starved("one whose gradient is as small as rounding", "starved.lost", "b.weight"),
    {
      ...starved("one of another input", "starved_apart", "b.weight"),
      judged: [6, 8],
      notLookedAt: [["b.* (2 parameters)", /beside the blocks/]],
    },
    starved("one of five residual blocks", "starved.block", "blocks.2.0.weight"),
    {
      what: "a factor that is learnt",
      file: "starved.learnt",
      verdict: "healthy",
      findings: [["scale-mismatch", "info", "blocks.2"]],
      says: /begin with a factor/,
    },
    { what: "blocks with a usual factor", file: "starved.all_blocks", verdict: "healthy", never: ["scale-mismatch"] },
    { what: "what a softmax cancels is rounding", file: "attending_alike", verdict: "healthy", never: ["scale-mismatch"] },
    {
      what: "a gradient below what bfloat16 holds, and a profile that is well",
      file: "starved.beyond",
      verdict: "healthy",
      findings: [
        ["scale-mismatch", "warning", "b.weight"],
        ["precision-loss", "warning", "b.weight"],
      ],
      says: /No chain loses the gradient/,
    },
  ]);
});

describe("a table whose columns have units of their own", () => {
  const never = ["saturated-units"] as const;
  table([
    { what: "SiLU, written as x·σ(x)", file: "raw.silu", verdict: "healthy", never },
    { what: "x·σ(1.7 x)", file: "raw.swish", verdict: "healthy", never },
    { what: "GELU, written with tanh", file: "raw.gelu", verdict: "healthy", never },
    { what: "a gate on something else saturates", file: "raw.glu", verdict: "healthy", findings: [["saturated-units", "warning", "Sigmoid"]] },
    { what: "tanh saturates", file: "raw.tanh", verdict: "healthy", findings: [["saturated-units", "warning", "Tanh"]] },
  ]);
});
