import { describe, expect, it } from "vitest";
import { IsogradError } from "../../src/util/errors.js";

describe("the likely fix in an error", () => {
  it.each([
    ["give a batch with labels", "Give a batch with labels."],
    ["did you mean --batch?", "Did you mean --batch?"],
    ["re-export the network", "Re-export the network."],
    ["npx isograd check MODEL.onnx", "npx isograd check MODEL.onnx."],
    ["git lfs pull fetches it", "git lfs pull fetches it."],
    ["npm install onnxruntime-node", "npm install onnxruntime-node."],
    ["--loss sum takes any output", "--loss sum takes any output."],
    ["torch.onnx.export(…, training=TrainingMode.TRAINING) keeps norms", "torch.onnx.export(…, training=TrainingMode.TRAINING) keeps norms."],
  ])("is a sentence, and what is typed keeps its case: %s", (fix, told) => {
    expect(new IsogradError("usage/option", "it is wrong", { fix }).message).toBe(`it is wrong. ${told}`);
  });
});
