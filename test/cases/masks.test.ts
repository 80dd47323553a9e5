import { describe, expect, it } from "vitest";
import { checked, table } from "./case.js";

describe("masks are set aside", () => {
  table([
    { what: "w·b − 1e10·(1 − b)", file: "mask_blended", verdict: "healthy", setAside: ["b"], judged: [6, 6] },
    { what: "added to scores, finite", file: "mask_added", verdict: "healthy", setAside: ["mask"], judged: [22, 22] },
    { what: "added to scores that are scaled afterwards", file: "mask_halved", verdict: "healthy", setAside: ["mask"], judged: [22, 22] },
    { what: "as (1 − m)·−10⁴", file: "mask_extended", verdict: "healthy", setAside: ["mask"], judged: [22, 22] },
    { what: "so is the exponent of a square", file: "mask_square", verdict: "healthy", setAside: ["exponent"], judged: [6, 6] },
    // The gradient by the mask is finite, though the sum of its squares leaves float32.
    { what: "one that is fed needs none of it", file: "mask_fed", verdict: "healthy", judged: [22, 22] },
    { what: "but not where the user trains it", file: "mask_blended", options: { trainable: ["b"] }, verdict: "healthy", judged: [7, 7] },
    {
      what: "what the user froze",
      file: "mask_added",
      options: { frozen: ["head.bias", "norms.0.weight"] },
      verdict: "healthy",
      setAside: ["mask", "norms.0.weight", "head.bias"],
      judged: [20, 20],
    },
  ]);

  it("and both at once are refused", async () => {
    await expect(checked({ file: "mask_added", options: { frozen: ["mask"], trainable: ["mask"] } })).rejects.toThrow(/both trainable and frozen/);
    await expect(checked({ file: "mask_added", options: { frozen: ["head.bais"] } })).rejects.toThrow(/Did you mean "head\.bias"/);
  });
});

describe("zeros and ones that are parameters", () => {
  table([
    { what: "factors on scores", file: "mask_kept", verdict: "healthy", judged: [23, 23] },
    { what: "a learned bias on scores that begins as zero", file: "mask_zero_bias", verdict: "healthy", judged: [23, 23] },
    { what: "factors on a weight, which no file tells from a parameter", file: "mask_pruned", verdict: "healthy", judged: [6, 6] },
    { what: "a recurrent matrix that begins as the identity", file: "mask_irnn", verdict: "healthy", judged: [6, 6] },
    { what: "the same in an RNN", file: "mask_identity_rnn", verdict: "healthy", setAside: ["/rnn/Constant_output_0"], judged: [6, 6] },
    { what: "kernels that begin as the identity", file: "mask_dirac", verdict: "healthy", judged: [12, 12] },
    { what: "a learned power of what is clamped", file: "mask_learned_power", verdict: "healthy", judged: [7, 7] },
    { what: "a table of positions", file: "mask_positions", verdict: "healthy", judged: [24, 24] },
    { what: "templates of classes", file: "mask_one_hot", verdict: "healthy", judged: [5, 5] },
  ]);
});
