import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Model } from "../../src/graph/graph.js";
import { placeName } from "../../src/graph/site.js";
import { readOnnx } from "../../src/onnx/read.js";
import { writeOnnx } from "../../src/onnx/write.js";
import { bind } from "../../src/passes/bind.js";
import { foldedNorms } from "../../src/passes/folded-norms.js";
import { buffersOf, parametersOf } from "../../src/passes/parameters.js";
import { placesOf } from "../../src/probe/places.js";
import { structureOf } from "../../src/structure/structure.js";
import { f32, model, node, value } from "../support/model.js";

// What today's exporters of PyTorch leave in files beside the network (made by tools/fixtures/make_exports.py).

const folder = fileURLToPath(new URL("../fixtures/exports/", import.meta.url));
const read = (name: string): Model => readOnnx(readFileSync(join(folder, name)), { name });
/** A chain of two convolutions under given names, and a file's own weight. */
const chain = (names: readonly string[]): Model => {
  const [a, b, c, d] = names as [string, string, string, string];
  return readOnnx(
    model({
      inputs: [value("x", [1, 2, 4, 4])],
      outputs: ["y"],
      nodes: [node("Conv", ["x", a, b], ["h"]), node("Conv", ["h", c, d], ["i"]), node("Add", ["i", "own.weight"], ["y"])],
      initializers: [f32(a, [2, 2, 1, 1]), f32(b, [2]), f32(c, [2, 2, 1, 1]), f32(d, [2]), f32("own.weight", [2, 4, 4])],
    }),
  );
};

describe("folded norms", () => {
  it("are recognised in what the exporters of PyTorch write by default", () => {
    expect(foldedNorms(read("norms.torchscript.folded.onnx"))).toMatchObject({ convolutions: 2, biased: 2 });
    expect(foldedNorms(read("norms.torchscript.folded.onnx"))!.traces).toEqual(["onnx::Conv_34", "onnx::Conv_37"]);
    // Of the linear layer's norm nothing is left but a note.
    expect(foldedNorms(read("norms.dynamo.folded.onnx"))!.traces.map((t) => t.replace(/_\d+$/, ""))).toEqual([
      "/norm1/node_Conv",
      "/norm2/node_Conv",
      "/norm3/node_Gemm",
    ]);
  });
  it("are recognised by a bias that is named after its weight, where the notes are lost", () => {
    const file = read("norms.dynamo.folded.onnx");
    const bare = { ...file, graph: { ...file.graph, nodes: file.graph.nodes.map(({ note: _, ...n }) => n) } };
    expect(foldedNorms(bare)!.traces).toEqual(["conv1.weight_bias"]);
  });
  it("are recognised by what other exporters and optimisers leave", () => {
    for (const names of [
      ["a/Conv2D_weights_fused_bn", "a/Conv2D_bias_fused_bn", "b.weight", "b.bias"],
      ["ConvBnFusion_W_a", "ConvBnFusion_BN_B_a", "b.weight", "b.bias"],
      ["conv1.weight", "bn1.bias", "b.weight", "b.bias"],
      ["model/conv/Conv2D/ReadVariableOp:0", "model/bn/FusedBatchNormV3/ReadVariableOp_batchnorm:0", "b.weight", "b.bias"],
    ])
      expect(foldedNorms(chain(names))!.traces).toEqual([names[1]]);
  });
  it("are not seen where there were none, or where they are", () => {
    expect(foldedNorms(chain(["batchnorm_free/conv/weight", "batchnorm_free/conv/bias", "b.weight", "b.bias"]))).toBeUndefined();
    expect(foldedNorms(chain(["bn1.conv.weight", "bn1.conv.bias", "b.weight", "b.bias"]))).toBeUndefined();
    // A weight that was computed, as by weight normalisation, keeps its bias.
    expect(foldedNorms(chain(["onnx::Conv_7", "a.bias", "onnx::Conv_9", "b.bias"]))).toBeUndefined();
    for (const name of ["torchscript13", "torchscript17", "dynamo"]) expect(foldedNorms(read(`norms.${name}.onnx`))).toBeUndefined();
    expect(foldedNorms(read("modules.dynamo.onnx"))).toBeUndefined();
  });
});

describe("notes of the exporter", () => {
  const file = read("modules.dynamo.onnx");
  const noted = (op: string) => file.graph.nodes.filter((n) => n.op === op).map((n) => [n.name.replace(/_\d+$/, ""), n.note?.source]);

  it("give nodes their module and the user's line", () => {
    expect(noted("Gelu")).toEqual([
      ["/layers.0/act/node_gelu", "model.py:53"],
      ["/layers.1/act/node_gelu", "model.py:53"],
    ]);
    expect(noted("ReduceMean")).toEqual([["node_mean", "model.py:83"]]);
  });
  it("are where the network was measured, whatever was decomposed", () => {
    const bound = bind(file);
    const structure = structureOf(bound, bound.graph.outputs[0]!);
    const { sites } = placesOf(bound, structure, { parameters: [], units: [], inputs: [] });
    const told = sites.filter((s) => s.kind !== "network").map((s) => [s.module, s.source]);
    expect(told).toContainEqual(["layers.0.conv", "model.py:53–54"]);
    expect(told.filter(([, source]) => source === undefined).length).toBeLessThan(3);
    expect(sites.filter((s) => s.kind === "value").map((s) => placeName(s))).toContain("add_1 (layers.1, model.py:54)");
    expect(sites.some((s) => s.module === "lstm" && s.source === "model.py:82")).toBe(true);
  });
  it("name what the program does not train, and what was computed from it alone", () => {
    const bound = bind(file);
    const buffers = buffersOf(file);
    for (const v of ["attn.mask", "attn.scale", "clone"]) expect(buffers).toContain(v);
    const left = parametersOf(bound, bound.graph.outputs[0]!).filter((p) => !buffers.has(p.name));
    // The weights and biases of the LSTM are folded from those of the program.
    expect(left.map((p) => (p.name.startsWith("val_") ? p.value.shape.join("×") : p.name)).sort()).toEqual([
      "1×16×4",
      "1×16×4",
      "1×32",
      ...["attn.norm", "head", "layers.0.conv", "layers.1.conv"].flatMap((m) => [`${m}.bias`, `${m}.weight`]),
    ]);
    expect([...buffersOf(read("norms.torchscript17.onnx"))]).toEqual([]);
  });
  it("stay in the names of nodes when the network is written", () => {
    const again = readOnnx(writeOnnx(bind(file).graph));
    expect(again.graph.nodes.map((n) => n.name).filter((n) => n.startsWith("/layers.1/act/")).length).toBeGreaterThan(0);
    expect(again.graph.nodes.every((n) => n.note === undefined)).toBe(true);
  });
});
