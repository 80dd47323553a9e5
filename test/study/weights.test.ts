import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readModel, readTensors } from "../../src/io/files.js";
import { readWeights } from "../../src/io/weights-file.js";
import { bind } from "../../src/passes/bind.js";
import { evaluateGraph } from "../../src/runtime/evaluate.js";
import { loadWeights } from "../../src/study/weights.js";
import { error } from "../support/error.js";

const fixtures = fileURLToPath(new URL("../fixtures/checkpoints/", import.meta.url));
const load = (network: string, weights: string, part?: string): ReturnType<typeof loadWeights> =>
  loadWeights(readModel(join(fixtures, network)), readWeights(join(fixtures, weights), { part }));
const rows = (network: string, weights: string, part?: string): string[] => load(network, weights, part).settings.map((s) => `${s.what}: ${s.value}`);
const truth = readTensors(join(fixtures, "truth.safetensors"));

describe("a network with the weights of a checkpoint", () => {
  it.each([
    ["net.onnx", "state_dict.pt"],
    ["wrapped.onnx", "state_dict_legacy.pt"],
    ["net.onnx", "lightning.ckpt"],
    ["wrapped.onnx", "averaged.pth"],
    ["net.onnx", "module.pt"],
  ])("%s with %s computes what PyTorch computes", (network, weights) => {
    const x = truth.get("batch.x")!;
    const { graph } = bind(load(network, weights).model, { shapes: { x: x.shape } });
    expect(error(evaluateGraph(graph, new Map([["x", x]])).get("y")!, truth.get("batch.y")!)).toBeLessThan(2e-6);
  });
});

describe("what the record says of weights", () => {
  it.each<readonly [string, string, string | undefined, readonly string[]]>([
    ["net.onnx", "state_dict.pt", undefined, ["weights: 10 of 10 initializers from state_dict.pt"]],
    ["wrapped.onnx", "state_dict.pt", undefined, ["weights: 10 of 10 initializers from state_dict.pt (prefix `model.` added)"]],
    [
      "net.onnx",
      "lightning.ckpt",
      undefined,
      ["weights: 10 of 10 initializers from lightning.ckpt, state_dict (prefix `model.` dropped); 1 ignored: criterion.weight"],
    ],
    ["wrapped.onnx", "lightning.ckpt", undefined, ["weights: 10 of 10 initializers from lightning.ckpt, state_dict; 1 ignored: criterion.weight"]],
    [
      "wrapped.onnx",
      "averaged.pth",
      undefined,
      [
        "weights: 10 of 10 initializers from averaged.pth, model (prefix `module.` read as `model.`)",
        "note: the checkpoint also has model_ema: choose with --weights FILE#model_ema",
      ],
    ],
    [
      "wrapped.onnx",
      "averaged.pth",
      "model_ema",
      ["weights: 10 of 10 initializers from averaged.pth, model_ema (prefix `module.` read as `model.`)"],
    ],
  ])("%s with %s, part %s", (network, weights, part, said) => expect(rows(network, weights, part)).toEqual(said));

  it("names the norms that were folded away, and the names that an exporter made up", () => {
    const [used, renamed, folded] = rows("folded.onnx", "state_dict.pt");
    expect(used).toMatch(
      /^weights: 3 of 6 initializers from state_dict\.pt; 3 missing: onnx::Conv_\d+, onnx::Conv_\d+, onnx::MatMul_\d+; 7 ignored: conv\.weight, /,
    );
    expect(renamed).toMatch(/^note: onnx::Conv_\d+, onnx::Conv_\d+, onnx::MatMul_\d+ have names that the exporter made up/);
    expect(folded).toMatch(/^note: the checkpoint has 1 BatchNorm that the file lacks \(bn\).*training=TrainingMode\.TRAINING/);
  });

  it("counts norms whose neighbours have lost their names, and none of a part that the file lacks", () => {
    const checkpoint = readWeights(join(fixtures, "state_dict.pt"));
    const mean = truth.get("net.bn.running_mean")!;
    const more = { ...checkpoint, tensors: new Map([...checkpoint.tensors, ["blocks.0.bn.running_mean", mean]]) };
    const notes = (network: string): string[] => loadWeights(readModel(join(fixtures, network)), more).settings.map((s) => s.value);
    expect(notes("folded.onnx").join("\n")).toContain("the checkpoint has 2 BatchNorms that the file lacks (bn, blocks.0.bn)");
    expect(notes("net.onnx")).toEqual(["10 of 10 initializers from state_dict.pt; 1 ignored: blocks.0.bn.running_mean"]);
  });

  it("names tensors that cannot be read, and the other parts where nothing fits", () => {
    const model = readModel(join(fixtures, "net.onnx"));
    const unread = readWeights(join(fixtures, "unread.pt"));
    const named = { ...unread, tensors: new Map([["conv.bias", truth.get("net.conv.bias")!]]) };
    expect(loadWeights(model, named).settings[0]!.value).toMatch(/9 missing.*; 2 ignored: weight \(it is quantised\), sparse \(it is sparse\)$/);
    expect(() => loadWeights(model, { ...unread, part: "generator", others: ["discriminator"] })).toThrow(
      /"generator" was read.*has discriminator: give unread\.pt#discriminator/i,
    );
  });

  it("refuses a checkpoint of which no tensor can be read, and one that holds nothing but counts", () => {
    const model = readModel(join(fixtures, "net.onnx"));
    const unread = readWeights(join(fixtures, "unread.pt"));
    expect(() => loadWeights(model, { ...unread, tensors: new Map() })).toThrow(
      "unread.pt: no tensor of the checkpoint can be read (got weight (it is quantised), sparse (it is sparse)). Save dense floats.",
    );
    const counts = new Map([["bn.num_batches_tracked", truth.get("int64")!]]);
    expect(() => loadWeights(model, { ...unread, unread: new Map(), tensors: counts })).toThrow(
      /the checkpoint has no weights .*got bn\.num_batches_tracked/,
    );
  });
});
