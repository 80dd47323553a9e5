import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { Model } from "../../src/graph/graph.js";
import { tensor } from "../../src/graph/tensor.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { readModel, readTensors } from "../../src/io/files.js";
import { readWeights } from "../../src/io/weights-file.js";
import { bind } from "../../src/passes/bind.js";
import { foldedNorms } from "../../src/passes/folded-norms.js";
import { evaluateGraph } from "../../src/runtime/evaluate.js";
import { nodeRuntime } from "../../src/runtime/node.js";
import { check } from "../../src/study/check.js";
import type { CheckRecord } from "../../src/study/check-record.js";
import { grad } from "../../src/study/grad.js";
import { loadWeights } from "../../src/study/weights.js";
import { error } from "../support/error.js";

// The files were written by PyTorch 1.13, and the numbers computed by it: tools/fixtures/make_merged.py.

const fixtures = fileURLToPath(new URL("../fixtures/merged/", import.meta.url));
const runtime = nodeRuntime();
const kindOf = (file: string): string => file.split(".")[0]!;
const truthOf = (file: string): Map<string, Tensor> => readTensors(join(fixtures, `${kindOf(file)}.safetensors`));
const networkOf = (file: string): Model => readModel(join(fixtures, `${file}.onnx`));
const stateOf = (file: string): ReadonlyMap<string, Tensor> => readWeights(join(fixtures, `${kindOf(file)}.pt`)).tensors;
const batchOf = (truth: ReadonlyMap<string, Tensor>): Map<string, Tensor> =>
  new Map([
    ["x", truth.get("batch.x")!],
    ["labels", truth.get("batch.labels")!],
  ]);

/** Loads a state dict, the file's own or another, into a network of test/fixtures/merged. */
const load = (file: string, tensors = stateOf(file)): ReturnType<typeof loadWeights> =>
  loadWeights(networkOf(file), { ...readWeights(join(fixtures, `${kindOf(file)}.pt`)), tensors });
const said = (file: string, tensors?: ReadonlyMap<string, Tensor>): string[] => load(file, tensors).settings.map((s) => s.value);

/** Loss and gradients as PyTorch has them, with the statistics of the batch. */
async function expectGradients(model: Model, file: string, which: "fresh" | "loaded"): Promise<void> {
  const truth = truthOf(file);
  const r = await grad(model, { runtime, batch: batchOf(truth), trainNorm: true, loss: { kind: "cross-entropy" } });
  expect(Math.abs(r.loss - truth.get(`${which}.loss`)!.data[0]!)).toBeLessThan(2e-6);
  const wanted = new Map([...truth].flatMap(([k, t]) => (k.startsWith(`${which}.grad.`) ? [[k.slice(which.length + 6), t] as const] : [])));
  expect(r.parameters.map((p) => p.name).sort()).toEqual([...wanted.keys()].sort());
  for (const [name, t] of wanted) {
    const off = Math.max(...Array.from(t.data, (v, i) => Math.abs(v - r.tensors.get(name)!.data[i]!)));
    // What norms take away is rounding on both sides.
    expect(off / Math.max(1e-2, ...Array.from(t.data, Math.abs)), name).toBeLessThan(2e-5);
  }
}

/** What the network makes of the batch with its running statistics, as PyTorch has it. */
function expectOutputs(model: Model, file: string): void {
  const x = truthOf(file).get("batch.x")!;
  const { graph } = bind(model, { shapes: { x: x.shape } });
  expect(error(evaluateGraph(graph, new Map([["x", x]])).get("y")!, truthOf(file).get("eval")!)).toBeLessThan(5e-6);
}

/** Tensors that a file stores as one with another by Identity nodes, or by places that names of nodes tell. */
const TOLD: readonly (readonly [file: string, initializers: number, merged: number])[] = [
  ["cnn.identity", 18, 12],
  ["cnn.inputs", 18, 12],
  ["cnn.folded", 18, 12],
  ["cnn.train", 18, 0],
  ["cnn.shared", 18, 12],
  ["resnet.identity", 77, 54],
  ["resnet.shared", 77, 54],
  ["preact.identity", 23, 14],
  ["deep.identity", 72, 54],
  ["deep.shared", 72, 54],
  ["mlp.identity", 16, 6],
  ["mlp.opset17", 16, 6],
  ["gru.identity", 10, 3],
  ["encoder.identity", 26, 15],
  ["zeros.identity", 9, 4],
  ["tied.identity", 3, 0],
  ["twice.identity", 12, 6],
  ["twice.shared", 12, 6],
];

describe("a network whose exporter merged equal tensors", () => {
  it.each(TOLD)("%s has the gradient of each parameter as PyTorch has it, and is not called folded", async (file, _, merged) => {
    const model = networkOf(file);
    expect(model.merged?.length ?? 0).toBe(merged);
    expect(foldedNorms(model)).toBeUndefined();
    await expectGradients(model, file, "fresh");
  });

  it.each(TOLD)("%s takes every weight of a checkpoint, and computes what PyTorch computes", async (file, all) => {
    const { model } = load(file);
    const [first, ...notes] = said(file);
    expect(first).toMatch(new RegExp(`^${all} of ${all} initializers from ${kindOf(file)}\\.pt(; 1 tied to another: (head|b)\\.weight)?$`));
    expect(notes).toEqual([]);
    if (file !== "cnn.train") expectOutputs(model, file);
    await expectGradients(model, file, "loaded");
  });

  it("takes every weight where only the checkpoint tells what was copied", async () => {
    expect(said("encoder.shared")).toEqual(["26 of 26 initializers from encoder.pt"]);
    expectOutputs(load("encoder.shared").model, "encoder.shared");
    await expectGradients(load("encoder.shared").model, "encoder.shared", "loaded");
    expect(said("zeros.shared")).toEqual(["9 of 9 initializers from zeros.pt; 1 tied to another: b.weight"]);
    await expectGradients(load("zeros.shared").model, "zeros.shared", "loaded");
  });

  it.each<readonly [string, readonly string[], RegExp]>([
    [
      "cnn.bare",
      ["bn1.bias", "bn1.weight"],
      /^4 of 6 initializers from cnn\.pt; 2 not told apart: bn1\.weight, bn1\.bias; 14 ignored: bn1\.weight, /,
    ],
    ["twice.bare", ["bn_1.bias", "bn_1.weight"], /^4 of 6 initializers .*; 2 not told apart: bn_1\.weight, bn_1\.bias; 8 ignored/],
    ["gru.shared", ["gru.bias_ih_l0"], /^6 of 7 initializers .*; 1 not told apart: gru\.bias_ih_l0; 4 ignored: gru\.bias_ih_l0, gru\.bias_hh_l0, /],
    ["mlp.shared", ["scale"], /^14 of 15 initializers .*; 1 not told apart: scale; 2 ignored: scale, stretch$/],
  ])("%s keeps what nothing tells apart, and says so", (file, unclear, sentence) => {
    const [first, ...notes] = said(file);
    expect(first).toMatch(sentence);
    expect(notes.map((n) => /the file stores one tensor, ([^ ]+), for/.exec(n)?.[1]).sort()).toEqual(unclear);
    expect(notes.join("\n")).toContain("It keeps the file's values, so the numbers below are not those of the checkpoint");
    // All else is the checkpoint's, under its own name.
    const [own, state] = [networkOf(file).graph.initializers, stateOf(file)];
    for (const [name, value] of load(file).model.graph.initializers) {
      if (unclear.includes(name)) expect(value).toEqual(own.get(name));
      else if (state.has(name)) expect(value).toEqual(state.get(name));
    }
  });

  it("says of layers that are copies, in nodes without modules, that they share what the checkpoint tells apart", () => {
    const m = networkOf("encoder.shared");
    const nodes = m.graph.nodes.map((n, i) => ({ ...n, name: `${n.op}_${i}` }));
    const { settings } = loadWeights({ ...m, graph: { ...m.graph, nodes } }, readWeights(join(fixtures, "encoder.pt")));
    expect(settings[0]!.value).toMatch(/not told apart: .*; \d+ ignored/);
    expect(settings.map((s) => s.value).join("\n")).toMatch(/stores one tensor, encoder\.layers\.0\.linear1\.weight, for 2 places/);
  });

  it("whose norms were really folded is told so", () => {
    expect(said("cnn.eval").join("\n")).toMatch(
      /2 of 8 initializers.*6 missing: onnx::Conv_[^]*the checkpoint has 3 BatchNorms that the file lacks \(bn1, bn2, bn3\)/,
    );
    expect(foldedNorms(networkOf("cnn.eval"))?.traces.length).toBe(3);
  });
});

describe("a tied weight", () => {
  const state = stateOf("tied");
  const double = (t: Tensor): Tensor =>
    tensor(
      t.dtype,
      t.shape,
      Array.from(t.data, (v) => 2 * v),
    );

  it("is filled from whichever of its names the checkpoint has, and stays one", async () => {
    for (const name of ["embed.weight", "head.weight"]) {
      const some = new Map([...state].filter(([n]) => n !== (name === "embed.weight" ? "head.weight" : "embed.weight")));
      const { model, settings } = load("tied.identity", some);
      expect(settings.map((s) => s.value)).toEqual(["3 of 3 initializers from tied.pt"]);
      expectOutputs(model, "tied.identity");
      const r = await grad(model, { runtime, batch: batchOf(truthOf("tied")), loss: { kind: "cross-entropy" } });
      expect(error(r.tensors.get(name)!, truthOf("tied").get("loaded.grad.embed.weight")!)).toBeLessThan(2e-6);
    }
  });

  it("is two where the checkpoint has other numbers under each name", () => {
    const untied = new Map([...state, ["head.weight", double(state.get("head.weight")!)]]);
    const { model, settings } = load("tied.identity", untied);
    expect(settings[0]!.value).toBe("4 of 4 initializers from tied.pt");
    const x = truthOf("tied").get("batch.x")!;
    const y = evaluateGraph(bind(model, { shapes: { x: x.shape } }).graph, new Map([["x", x]])).get("y")!;
    expect(error(y, double(truthOf("tied").get("eval")!))).toBeLessThan(2e-6);
  });
});

describe("a check-up of merged statistics", () => {
  const checkOf = (model: Model, file: string): Promise<CheckRecord> => check(model, { runtime, batches: [batchOf(truthOf(file))] });

  it.each(["deep.identity", "deep.shared", "deep.bare"])(
    "%s warns of statistics that were never updated, and counts none as parameters",
    async (file) => {
      const r = await checkOf(networkOf(file), file);
      const found = r.findings.find((f) => f.rule === "norm-inference-mode")!;
      expect([found.severity, found.facts?.["untouched"], r.stored?.verdict]).toEqual(["warning", 14, "vanishing"]);
      expect(r.findings.some((f) => f.rule === "norm-folded")).toBe(false);
      const learned = [...stateOf(file)].filter(([n]) => !/running_|num_batches/.test(n)).length;
      const { parametersJudged, parametersTotal } = r.coverage!;
      expect(parametersJudged).toBe(parametersTotal);
      if (file !== "deep.bare") expect(parametersTotal).toBe(learned);
      expect(r.settings.some((s) => s.value.startsWith("54 tensors that the file stores as one with another"))).toBe(file !== "deep.bare");
    },
  );

  it("has the loss of PyTorch with the weights of a checkpoint", async () => {
    for (const file of ["deep.identity", "deep.shared", "resnet.identity", "cnn.inputs"]) {
      const r = await checkOf(load(file).model, file);
      expect(Math.abs(r.loss! - truthOf(file).get("loaded.loss")!.data[0]!)).toBeLessThan(5e-6);
    }
  });

  it.each<readonly [string, number]>([
    ["norms.3.running_var", NaN],
    ["norms.5.running_var", -1],
    ["norms.2.running_mean", Infinity],
  ])("names %s where it holds %s", async (name, value) => {
    const state = new Map(stateOf("deep"));
    const own = state.get(name)!;
    state.set(name, tensor(own.dtype, own.shape, [value, ...Array.from(own.data).slice(1)]));
    const r = await checkOf(load("deep.identity", state).model, "deep.identity");
    const found = r.findings.find((f) => f.rule === "norm-inference-mode")!;
    expect([found.severity, found.facts?.["buffers"]]).toEqual(["warning", [name]]);
    expect(found.why).toContain(`(${name}: negative, or not finite)`);
  });
});
