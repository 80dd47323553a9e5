import { describe, expect, it } from "vitest";
import type { Model } from "../../src/graph/graph.js";
import { tensor } from "../../src/graph/tensor.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { readOnnx } from "../../src/onnx/read.js";
import { bind } from "../../src/passes/bind.js";
import { foldedNorms } from "../../src/passes/folded-norms.js";
import { splitMerged } from "../../src/passes/merged.js";
import { parametersOf } from "../../src/passes/parameters.js";
import { withWeights } from "../../src/passes/weights.js";
import { DataType as T, f32, graph, graphAttr, int, ints, model, node, tensorAttr, tensorProto, value } from "../support/model.js";

const ONES = [1, 1];
const identity = (from: string, to: string, name: string): ReturnType<typeof node> => node("Identity", [from], [to], {}, { name });
/** A network on x[2, 2] of these nodes. */
const netOf = (initializers: ReturnType<typeof f32>[], nodes: ReturnType<typeof node>[], outputs = ["y"], producer = "pytorch 1.13.0"): Model =>
  splitMerged({ ...readOnnx(model({ inputs: [value("x", [2, 2])], outputs, nodes, initializers }), { name: "m.onnx" }), producer });
const mul = (a: string, b: string, out: string, name = ""): ReturnType<typeof node> => node("Mul", [a, b], [out], {}, { name });
const named = (m: Model): string[] => [...m.graph.initializers.keys()].sort();
const parameters = (m: Model): string[] =>
  parametersOf(bind(m), "y")
    .map((p) => p.name)
    .sort();

describe("an Identity of an initializer", () => {
  /** x · w · (Identity of w), as exporters call the Identity and its output. */
  const twice = (w: string, alias: string, name: string, data: readonly number[] = [0.5, 2]): Model =>
    netOf([f32(w, [2], [...data])], [identity(w, alias, name), mul("x", w, "h"), mul("h", alias, "y")]);

  it.each<[string, string, string, number[]?]>([
    ["a.weight", "b.weight", "Identity_0"],
    ["norms.0.weight", "scale", "Identity_3"],
    ["onnx::GRU_193", "onnx::GRU_215", "Identity_0"],
    ["a.bias", "onnx::Conv_12", "Identity_0", ONES],
    ["12", "14", "Identity_7"],
  ])("of %s is a tensor of its own if it is called %s", (w, alias, name, data) => {
    const m = twice(w, alias, name, data);
    expect(named(m)).toEqual([w, alias].sort());
    expect(m.merged).toEqual([{ name: alias, of: w, by: "name" }]);
    expect(m.graph.nodes.length).toBe(2);
    expect(parameters(m)).toEqual([w, alias].sort());
  });

  it.each([
    ["a.weight", "/a/Identity_output_0", "/a/Identity"],
    ["a.weight", "onnx::Mul_12", "Identity_0"],
    ["a.weight", "12", "Identity_0"],
    ["weight", "clone", "node_clone"],
    ["weight", "val_3", "Identity_3"],
    ["weight", "Identity_1", "Identity_1"],
    ["w", "model/dense/ReadVariableOp:0", "Identity_1"],
    ["linear_0.w_0", "p2o.Identity.1", "Identity_1"],
    ["linear_0.w_0", "assign_0.tmp_0", "Identity_1"],
  ])("of %s is the program's own copy if it is called %s, and its gradient is part of the other's", (w, alias, name) => {
    const m = twice(w, alias, name);
    expect(named(m)).toEqual([w]);
    expect(m.merged).toBeUndefined();
    expect(parameters(m)).toEqual([w]);
  });

  it("is known by a name without dots in files of PyTorch alone", () => {
    const own = (producer: string): Model =>
      netOf([f32("w", [2], [1, 2])], [identity("w", "v", "Identity_0"), mul("x", "w", "h"), mul("h", "v", "y")], ["y"], producer);
    expect([named(own("pytorch 1.13.0")), named(own("tf2onnx"))]).toEqual([["v", "w"], ["w"]]);
  });

  it("that alone takes it only names it, where the exporter made the first name up", () => {
    const one = (w: string): Model => netOf([f32(w, [2], [1, 2])], [identity(w, "fc.weight", "Identity_0"), mul("x", "fc.weight", "y")]);
    expect(named(one("val_3"))).toEqual(["fc.weight"]);
    expect(named(one("weights.0"))).toEqual(["weights.0"]);
    for (const w of ["val_3", "weights.0"]) expect(one(w).merged).toBeUndefined();
  });

  it("that is an output, or of a Constant, of integers or of another node's value stays", () => {
    const out = netOf([f32("a.w", [2], ONES)], [identity("a.w", "b.w", "Identity_0"), mul("x", "a.w", "y")], ["y", "b.w"]);
    expect([out.graph.nodes.length, out.merged]).toEqual([2, undefined]);
    const own = tensorAttr(tensorProto({ dims: [2n], dataType: T.FLOAT, floatData: ONES }));
    const constant = netOf(
      [],
      [node("Constant", [], ["a.w"], { value: own }), identity("a.w", "b.w", "Identity_0"), mul("x", "a.w", "h"), mul("h", "b.w", "y")],
    );
    expect(constant.merged).toBeUndefined();
    const values = netOf([], [node("Relu", ["x"], ["a.w"]), identity("a.w", "b.w", "Identity_0"), mul("a.w", "b.w", "y")]);
    expect([values.graph.nodes.length, values.merged]).toEqual([3, undefined]);
  });

  it("of an Identity, and one that a subgraph takes, have places of their own", () => {
    const branch = (v: string): ReturnType<typeof graphAttr> => graphAttr(graph({ nodes: [mul("x", v, `${v}.out`)], outputs: [`${v}.out`] }));
    const yes = tensorAttr(tensorProto({ dims: [], dataType: T.BOOL, int32Data: [1] }));
    const m = netOf(
      [f32("a.w", [2], ONES)],
      [
        identity("a.w", "b.w", "Identity_0"),
        identity("b.w", "c.w", "Identity_1"),
        node("Constant", [], ["c"], { value: yes }),
        node("If", ["c"], ["h"], { then_branch: branch("c.w"), else_branch: branch("a.w") }),
        mul("h", "b.w", "y"),
      ],
    );
    expect(m.merged).toEqual([
      { name: "b.w", of: "a.w", by: "name" },
      { name: "c.w", of: "b.w", by: "name" },
    ]);
    expect(parameters(m)).toEqual(["b.w", "c.w"]);
  });
});

/** Norms on x[2, 2] that take these tensors: scale, bias, mean, variance. */
const norm = (path: string, from: string, to: string, ports: readonly string[]): ReturnType<typeof node> =>
  node("BatchNormalization", [from, ...ports], [to], {}, { name: path });

describe("an initializer that nodes of several modules take", () => {
  const zeros = f32("bn1.bias", [2], [0, 0]);
  const two = (first: string, second: string, data: readonly number[] = ONES): Model =>
    netOf(
      [f32("bn1.weight", [2], [...data]), zeros],
      [
        norm(first, "x", "h", ["bn1.weight", "bn1.bias", "bn1.bias", "bn1.weight"]),
        norm(second, "h", "y", ["bn1.weight", "bn1.bias", "bn1.bias", "bn1.weight"]),
      ],
    );

  it("is told apart by module and port where it is one number", () => {
    const m = two("/bn1/BatchNormalization", "/layer/layer.0/bn2/BatchNormalization");
    expect(parameters(m)).toEqual(["bn1.bias", "bn1.weight", "layer.0.bn2.bias", "layer.0.bn2.weight"]);
    expect(named(m).filter((n) => n.includes("running"))).toEqual([
      "bn1.running_mean",
      "bn1.running_var",
      "layer.0.bn2.running_mean",
      "layer.0.bn2.running_var",
    ]);
    expect(bind(m).batchNorms.map((n) => n.untouched)).toEqual([true, true]);
  });

  it("is one for each port where one module runs twice", () => {
    const m = two("/bn1/BatchNormalization", "/bn1_1/BatchNormalization");
    expect(named(m)).toEqual(["bn1.bias", "bn1.running_mean", "bn1.running_var", "bn1.weight"]);
  });

  it("stays one where it is not one number, or nodes tell no module", () => {
    expect(named(two("/bn1/BatchNormalization", "/bn2/BatchNormalization", [1, 2]))).toContain("bn2.bias");
    expect(named(two("/bn1/BatchNormalization", "/bn2/BatchNormalization", [1, 2]))).not.toContain("bn2.weight");
    expect(named(two("BatchNormalization_0", "BatchNormalization_1"))).toEqual(["bn1.bias", "bn1.weight"]);
  });

  it("is one parameter beside Identity nodes, which name what was merged", () => {
    const m = netOf(
      [f32("a.bias", [2], [0, 0])],
      [
        identity("a.bias", "c.bias", "Identity_0"),
        node("Add", ["x", "a.bias"], ["h"], {}, { name: "/a/Add" }),
        node("Add", ["h", "a.bias"], ["i"], {}, { name: "/b/Add" }),
        node("Add", ["i", "c.bias"], ["y"], {}, { name: "/c/Add" }),
      ],
    );
    expect(parameters(m)).toEqual(["a.bias", "c.bias"]);
  });

  it("gives no layer the norm's name", () => {
    const layers = (name: string): Model =>
      netOf(
        [f32("w", [2, 2, 1], [1, 2, 3, 4]), f32("bn1.weight", [2], ONES), zeros],
        [
          node("Unsqueeze", ["x", "axes"], ["u"]),
          node("Conv", ["u", "w", "bn1.bias"], ["c"], { kernel_shape: ints([1]) }, { name }),
          norm("bn", "c", "y", ["bn1.weight", "bn1.bias", "bn1.bias", "bn1.weight"]),
        ],
      );
    for (const name of ["Conv_0", "/conv/Conv"]) expect(foldedNorms(layers(name))).toBeUndefined();
  });
});

describe("weights of what was merged", () => {
  const filled = (v: number): Tensor => tensor("float32", [2], [v, v + 1]);
  const bare = netOf(
    [f32("a.bias", [2], [0, 0]), f32("z.bias", [2], [3, 4])],
    [
      node("Add", ["x", "a.bias"], ["h"], {}, { name: "Add_0" }),
      node("Add", ["h", "a.bias"], ["i"], {}, { name: "Add_1" }),
      node("Add", ["i", "z.bias"], ["y"], {}, { name: "Add_2" }),
    ],
  );
  const given = (more: Readonly<Record<string, Tensor>>): Map<string, Tensor> =>
    new Map(Object.entries({ "a.bias": filled(1), "z.bias": filled(2), ...more }));

  it("go to one that several places share if the checkpoint has no other that could be meant", () => {
    for (const more of [{}, { "b.bias": filled(1) }, { "b.weight": tensor("float32", [3], [1, 2, 3]) }])
      expect(withWeights(bare, given(more))).toMatchObject({ replaced: 2, unclear: [] });
  });

  it("go nowhere if it has, and are counted as ignored", () => {
    const used = withWeights(bare, given({ "b.bias": filled(5) }));
    expect(used).toMatchObject({ replaced: 1, kept: [], ignored: ["a.bias", "b.bias"] });
    expect(used.unclear).toEqual([{ name: "a.bias", uses: 2, candidates: ["a.bias", "b.bias"] }]);
    expect(used.model.graph.initializers.get("a.bias")!.data).toEqual(Float32Array.of(0, 0));
  });

  it("are not taken for what an exporter computed", () => {
    const m = netOf(
      [f32("onnx::Add_3", [2], [0, 0]), f32("z.bias", [2], [3, 4])],
      [
        node("Add", ["x", "onnx::Add_3"], ["h"], {}, { name: "/a/Add" }),
        node("Add", ["h", "onnx::Add_3"], ["i"], {}, { name: "/b/Add" }),
        node("Add", ["i", "z.bias"], ["y"], {}, { name: "/z/Add" }),
      ],
    );
    expect(withWeights(m, given({ "b.bias": filled(5) }))).toMatchObject({
      replaced: 1,
      kept: ["onnx::Add_3"],
      unclear: [],
      ignored: ["a.bias", "b.bias"],
    });
  });
});

describe("statistics behind a Cast", () => {
  const half = (name: string, data: readonly number[]): ReturnType<typeof f32> =>
    tensorProto({ name, dims: [2n], dataType: T.DOUBLE, doubleData: [...data] });
  const cast = (v: string): ReturnType<typeof node> => node("Cast", [v], [`${v}.cast`], { to: int(T.FLOAT) });
  const m = netOf(
    [f32("scale", [2], ONES), f32("bias", [2], [0, 0]), half("mean", [0, 0]), half("variance", ONES)],
    [cast("mean"), cast("variance"), norm("bn", "x", "y", ["scale", "bias", "mean.cast", "variance.cast"])],
  );

  it("are no parameters, and known to be as they were made", () => {
    expect(parameters(m)).toEqual(["bias", "scale"]);
    expect(bind(m).batchNorms).toMatchObject([{ untouched: true, broken: [] }]);
  });
});
