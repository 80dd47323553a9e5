import { describe, expect, it } from "vitest";
import { sizeOf, tensor } from "../../src/graph/tensor.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { readOnnx } from "../../src/onnx/read.js";
import { bind } from "../../src/passes/bind.js";
import type { Bound } from "../../src/passes/bind.js";
import { parametersOf } from "../../src/passes/parameters.js";
import { IsogradError } from "../../src/util/errors.js";
import { stream } from "../../src/util/random.js";
import { checkFile } from "../support/check-file.js";
import { DataType, f32, graph, graphAttr, i64, int, model, node, sequenceValue, value } from "../support/model.js";
import type { Attrs, ModelParts } from "../support/model.js";

type Nodes = NonNullable<ModelParts["nodes"]>;

function draw(name: string, shape: readonly number[]): Tensor {
  const random = stream(11, name);
  return tensor(
    "float32",
    shape,
    Float64Array.from({ length: sizeOf(shape) }, (_, i) => Math.fround(0.7 * random.normal(i))),
  );
}

const weight = (name: string, shape: readonly number[]): ReturnType<typeof f32> => f32(name, shape, draw(name, shape).data);
const at = (name: string, position: number): ReturnType<typeof i64> => i64(name, [position], []);

/** Nodes after x [2, 3] and a, b, c = three different functions of it and of the weights W and V. */
const head: Nodes = [node("Mul", ["x", "W"], ["a"]), node("Add", ["x", "V"], ["b0"]), node("Tanh", ["b0"], ["b"]), node("Mul", ["a", "b"], ["c"])];

interface Parts {
  readonly nodes: Nodes;
  readonly outputs: readonly string[];
  readonly initializers?: ModelParts["initializers"];
  readonly opset?: number;
}

function parts({ nodes, outputs, initializers = [], opset = 17 }: Parts): ModelParts {
  return {
    inputs: [value("x", [2, 3])],
    outputs: outputs.map((o) => (o === "n" ? value(o, [], DataType.INT64) : value(o))),
    nodes: [...head, ...nodes],
    initializers: [weight("W", [3]), weight("V", [2, 3]), ...initializers],
    opset,
  };
}

const check = (p: Parts): Promise<Bound> => checkFile(model(parts(p)), new Map([["x", draw("x", [2, 3])]]));
const bound = (p: ModelParts): Bound => bind(readOnnx(model(p), { name: "net" }));
const errorOf = (p: ModelParts): IsogradError => {
  try {
    bound(p);
  } catch (e) {
    if (e instanceof IsogradError) return e;
    throw e;
  }
  throw new Error("no error");
};
const reached = (b: Bound, output = 0): string[] => parametersOf(b, b.graph.outputs[output]!).flatMap((p) => (p.reaches ? [p.name] : []));

const abc = node("SequenceConstruct", ["a", "b", "c"], ["s"]);

describe("lists of tensors", () => {
  it("give back their elements, and leave no node", async () => {
    const { graph } = await check({
      nodes: [abc, node("SequenceAt", ["s", "last"], ["p"]), node("SequenceAt", ["s", "one"], ["q"]), node("Sub", ["p", "q"], ["y"])],
      outputs: ["y"],
      initializers: [at("last", -1), at("one", 1)],
    });
    expect(graph.nodes.map((n) => n.op)).toEqual(["Mul", "Add", "Tanh", "Mul", "Sub"]);
  });

  it("take elements at any position", async () => {
    for (const [k, position] of [0, 1, 2, 3, -1, -3].entries()) {
      await check({
        nodes: [
          abc,
          node("Exp", ["x"], ["e"]),
          node("SequenceInsert", ["s", "e", "p"], ["t"]),
          node("SequenceLength", ["t"], ["n"]),
          node("ConcatFromSequence", ["t"], ["y"], { axis: int(k % 2) }),
        ],
        outputs: ["y", "n"],
        initializers: [at("p", position)],
      });
    }
  });

  it("start empty and grow behind", async () => {
    await check({
      nodes: [
        node("SequenceEmpty", [], ["s0"]),
        node("SequenceInsert", ["s0", "c"], ["s1"]),
        node("SequenceInsert", ["s1", "a"], ["s2"]),
        node("SequenceLength", ["s0"], ["n"]),
        node("ConcatFromSequence", ["s2"], ["y"], { axis: int(-1) }),
        node("ConcatFromSequence", ["s1"], ["z"], { axis: int(0) }),
      ],
      outputs: ["y", "z", "n"],
    });
  });

  it("lose elements", async () => {
    for (const position of [undefined, 0, 1, -3]) {
      await check({
        nodes: [
          abc,
          node("SequenceErase", position === undefined ? ["s"] : ["s", "p"], ["t"]),
          node("ConcatFromSequence", ["t"], ["y"], { axis: int(1) }),
        ],
        outputs: ["y"],
        initializers: [at("p", position ?? 0)],
      });
    }
  });

  it("are stacked along new axes", async () => {
    for (const axis of [0, 1, 2, -1, -3]) {
      await check({ nodes: [abc, node("ConcatFromSequence", ["s"], ["y"], { axis: int(axis), new_axis: int(1) })], outputs: ["y"] });
    }
  });

  it("pass through Identity, and are cut off where nothing needs them", async () => {
    const { graph } = await check({
      nodes: [
        abc,
        node("Identity", ["s"], ["t"]),
        node("SequenceErase", ["t"], ["unused"]),
        node("ConcatFromSequence", ["t"], ["y"], { axis: int(0) }),
      ],
      outputs: ["y"],
    });
    expect(graph.nodes.map((n) => n.op)).not.toContain("Identity");
  });

  it("hold integers, and float64 where the network is made float64", async () => {
    await check({
      nodes: [
        node("SequenceEmpty", [], ["s0"], { dtype: int(7) }),
        node("Shape", ["x"], ["shape"]),
        node("SequenceInsert", ["s0", "shape"], ["s1"]),
        node("SequenceInsert", ["s1", "two"], ["s2"]),
        node("SequenceAt", ["s2", "p"], ["t"]),
        node("Expand", ["a", "t"], ["y"]),
      ],
      outputs: ["y"],
      initializers: [i64("two", [1, 1, 1]), at("p", -2)],
    });
  });
});

describe("SplitToSequence", () => {
  const split = (attrs: Attrs, sizes?: ReturnType<typeof i64>): Promise<Bound> =>
    check({
      nodes: [
        node("SplitToSequence", sizes ? ["c", "sizes"] : ["c"], ["s"], attrs),
        node("SequenceLength", ["s"], ["n"]),
        node("SequenceAt", ["s", "last"], ["y"]),
        node("SequenceAt", ["s", "first"], ["z"]),
        node("Exp", ["z"], ["e"]),
      ],
      outputs: ["y", "e", "n"],
      initializers: [at("last", -1), at("first", 0), ...(sizes ? [sizes] : [])],
    });

  it("makes slices, with or without their axis", async () => {
    await split({});
    await split({ axis: int(1) });
    await split({ axis: int(-1), keepdims: int(0) });
    await split({ keepdims: int(0) });
  });

  it("makes parts of one size, the last shorter, or of given sizes", async () => {
    await split({ axis: int(1) }, i64("sizes", [2], []));
    await split({ axis: int(1) }, i64("sizes", [5], []));
    await split({ axis: int(1) }, i64("sizes", [1, 2]));
    await split({ axis: int(-1), keepdims: int(0) }, i64("sizes", [3]));
  });

  it("keeps the axis of parts of a given size, whatever keepdims says", () => {
    // As ONNX has it. onnxruntime drops the axis when that size is 1.
    const { graph } = bound(
      parts({
        nodes: [node("SplitToSequence", ["c", "one"], ["s"], { keepdims: int(0) }), node("SequenceAt", ["s", "one"], ["y"])],
        outputs: ["y"],
        initializers: [at("one", 1)],
      }),
    );
    expect(graph.types.get(graph.outputs[0]!)!.shape).toEqual([1, 3]);
  });

  it("then joins them again", async () => {
    const { graph } = await check({
      nodes: [node("SplitToSequence", ["c"], ["s"], { axis: int(1) }), node("ConcatFromSequence", ["s"], ["y"], { axis: int(0) })],
      outputs: ["y"],
    });
    expect(graph.nodes.map((n) => n.op)).toEqual(["Mul", "Add", "Tanh", "Mul", "Split", "Concat"]);
  });

  it("refuses sizes that do not add up", () => {
    const wrong = (sizes: ReturnType<typeof i64>): string =>
      errorOf(
        parts({
          nodes: [node("SplitToSequence", ["c", "sizes"], ["s"]), node("SequenceLength", ["s"], ["n"])],
          outputs: ["n"],
          initializers: [sizes],
        }),
      ).message;
    expect(wrong(i64("sizes", [1, 2]))).toMatch(/SplitToSequence: cannot split an axis of size 2 into \[1, 2\]/);
    expect(wrong(i64("sizes", [3, -1]))).toMatch(/cannot split/);
    expect(wrong(i64("sizes", [0], []))).toMatch(/parts of no size/);
  });
});

describe("control flow", () => {
  const body = (declared: boolean): Attrs => ({
    body: graphAttr(
      graph({
        inputs: [
          value("i", [1], DataType.INT64),
          value("go", [], DataType.BOOL),
          ...(declared ? [sequenceValue("list", [2, ""])] : [value("list")].map(untyped)),
          value("h", [2, 3]),
        ],
        outputs: [value("go2", [], DataType.BOOL), sequenceValue("longer", [2, ""]), value("next", [2, 3])],
        nodes: [
          node("Identity", ["go"], ["go2"]),
          node("Add", ["i", "step"], ["stop"]),
          node("Slice", ["h", "i", "stop", "axes"], ["part"]),
          node("Mul", ["h", "U"], ["grown"]),
          node("Sin", ["grown"], ["next"]),
          node("SequenceInsert", ["list", "part"], ["between"]),
          node("SequenceInsert", ["between", "next"], ["longer"]),
        ],
        initializers: [i64("step", [1]), i64("axes", [1]), weight("U", [3])],
      }),
    ),
  });
  const untyped = <V extends { type?: unknown }>(v: V): V => ({ ...v, type: undefined });
  const loop = (declared: boolean): Parts => ({
    nodes: [
      node("SequenceEmpty", [], ["none"]),
      node("SequenceInsert", ["none", "b"], ["start"]),
      node("Loop", ["count", "", "start", "a"], ["all", "last"], body(declared)),
      node("ConcatFromSequence", ["all"], ["joined"], { axis: int(1) }),
      node("Exp", ["last"], ["e"]),
      node("SequenceLength", ["all"], ["n"]),
    ],
    outputs: ["joined", "e", "last", "n"],
    initializers: [at("count", 3)],
  });

  it("carries sequences through Loop, with the values that it carries beside", async () => {
    const { graph } = await check(loop(true));
    expect(graph.outputs).toContain("last");
  });

  it("binds bodies that do not say what they take", () => {
    expect(bound(parts(loop(false))).graph.nodes.length).toBe(bound(parts(loop(true))).graph.nodes.length);
  });

  it("reads outer sequences in branches and gives them back", async () => {
    const branch = (position: string): ReturnType<typeof graph> =>
      graph({
        outputs: [sequenceValue(`t_${position}`, [2, 3]), value(`u_${position}`, [2, 3])],
        nodes: [
          node("SequenceAt", ["s", position], [`e_${position}`]),
          node("Exp", [`e_${position}`], [`u_${position}`]),
          node("SequenceInsert", ["s", `u_${position}`, "first"], [`t_${position}`]),
        ],
      });
    const p = (yes: boolean): Parts => ({
      nodes: [
        abc,
        node("Size", ["a"], ["size"]),
        node("Equal", ["size", yes ? "six" : "first"], ["cond"]),
        node("If", ["cond"], ["t", "u"], { then_branch: graphAttr(branch("first")), else_branch: graphAttr(branch("last")) }),
        node("ConcatFromSequence", ["t"], ["y"], { axis: int(0) }),
      ],
      outputs: ["y", "u"],
      initializers: [at("first", 0), at("last", -1), at("six", 6)],
    });
    await check(p(true));
    await check(p(false));
  });

  it("maps sequences", async () => {
    const mapped = graph({
      inputs: [value("p", [2, 3]), value("q", [2, 3]), value("r", [2, 3])],
      outputs: [value("m1", [2, 3]), value("m2", [2, 3])],
      nodes: [node("Mul", ["p", "q"], ["m1"]), node("Sub", ["p", "r"], ["m0"]), node("Sin", ["m0"], ["m2"])],
    });
    await check({
      nodes: [
        abc,
        node("SequenceConstruct", ["c", "x", "a"], ["s2"]),
        node("SequenceMap", ["s", "s2", "b"], ["t", "u"], { body: graphAttr(mapped) }),
        node("ConcatFromSequence", ["t"], ["y"], { axis: int(0) }),
        node("SequenceAt", ["u", "one"], ["z"]),
      ],
      outputs: ["y", "z"],
      initializers: [at("one", 1)],
    });
  });

  it("stops where the lists of a long loop grow beyond memory", () => {
    const growing = graph({
      inputs: [value("i", [], DataType.INT64), value("go", [], DataType.BOOL), sequenceValue("list")],
      outputs: [value("go", [], DataType.BOOL), sequenceValue("longer")],
      nodes: [node("SequenceInsert", ["list", "a"], ["longer"])],
    });
    const e = errorOf(
      parts({
        nodes: [
          node("SequenceEmpty", [], ["s"]),
          node("Loop", ["count", "", "s"], ["t"], { body: graphAttr(growing) }),
          node("SequenceLength", ["t"], ["n"]),
        ],
        outputs: ["n"],
        initializers: [at("count", 9999)],
      }),
    );
    expect([e.code, e.message]).toEqual(["memory/limit", expect.stringMatching(/sequences hold more than/)]);
  });

  it("collects no sequences", () => {
    const collecting = graph({
      inputs: [value("i", [], DataType.INT64), value("go", [], DataType.BOOL)],
      outputs: [value("go", [], DataType.BOOL), sequenceValue("t")],
      nodes: [node("SequenceConstruct", ["a"], ["t"])],
    });
    const message = errorOf(
      parts({ nodes: [node("Loop", ["count", ""], ["y"], { body: graphAttr(collecting) })], outputs: ["y"], initializers: [at("count", 2)] }),
    ).message;
    expect(message).toMatch(/Loop: it collects sequences/);
  });
});

describe("parameters", () => {
  it("reach an output through the elements that it is made of, not through their neighbours", () => {
    const b = bound(
      parts({
        nodes: [
          node("SequenceConstruct", ["a", "b"], ["s"]),
          node("SequenceInsert", ["s", "U"], ["t"]),
          node("SequenceAt", ["t", "zero"], ["y"]),
          node("SequenceAt", ["t", "one"], ["z"]),
          node("ConcatFromSequence", ["t"], ["all"], { axis: int(0) }),
        ],
        outputs: ["y", "z", "all"],
        initializers: [at("zero", 0), at("one", 1), weight("U", [2, 3])],
      }),
    );
    expect(reached(b, 0)).toEqual(["W"]);
    expect(reached(b, 1)).toEqual(["V"]);
    expect(reached(b, 2).sort()).toEqual(["U", "V", "W"]);
  });

  it("reach the parts of what is split", () => {
    const b = bound(
      parts({
        nodes: [node("SplitToSequence", ["c"], ["s"]), node("SequenceAt", ["s", "zero"], ["y"])],
        outputs: ["y"],
        initializers: [at("zero", 0)],
      }),
    );
    expect(reached(b).sort()).toEqual(["V", "W"]);
  });
});

describe("errors", () => {
  const message = (nodes: Nodes, outputs: readonly string[] = ["y"], initializers: ModelParts["initializers"] = []): string =>
    errorOf(parts({ nodes, outputs, initializers: [at("three", 3), ...initializers] })).message;

  it("name a sequence where a tensor belongs, and a tensor where a sequence belongs", () => {
    const e = errorOf(parts({ nodes: [abc, node("Relu", ["s"], ["y"])], outputs: ["y"] }));
    expect(e.code).toBe("op/unsupported");
    expect(e.message).toMatch(/net ▸ y: Relu takes a sequence, "s", where only tensors are supported/);
    expect(message([abc, node("SequenceInsert", ["s", "s"], ["t"]), node("SequenceLength", ["t"], ["y"])])).toMatch(
      /SequenceInsert takes a sequence, "s"/,
    );
    expect(message([abc, node("SequenceAt", ["s", "s"], ["y"])])).toMatch(/SequenceAt takes a sequence, "s"/);
    expect(message([node("SequenceAt", ["a", "three"], ["y"])])).toMatch(
      /SequenceAt needs a sequence as its input "input_sequence".*"a", float32\[2, 3\]/,
    );
  });

  it("name outputs and inputs that are sequences", () => {
    const e = errorOf(parts({ nodes: [abc], outputs: ["s"] }));
    expect([e.code, e.message]).toEqual(["op/unsupported", expect.stringMatching(/the output "s" is a sequence/)]);
    const read = (): unknown =>
      readOnnx(model({ ...parts({ nodes: [node("SequenceLength", ["q"], ["n"])], outputs: ["n"] }), inputs: [sequenceValue("q", [2])] }));
    expect(read).toThrow(/the input "q" is a sequence/);
  });

  it("name positions outside, or that depend on the data", () => {
    expect(message([abc, node("SequenceAt", ["s", "three"], ["y"])])).toMatch(/SequenceAt: its position is outside a sequence of 3 elements.*\[3\]/);
    expect(message([abc, node("SequenceErase", ["s", "three"], ["t"]), node("SequenceLength", ["t"], ["y"])])).toMatch(/outside a sequence of 3/);
    expect(message([node("SequenceEmpty", [], ["s"]), node("SequenceErase", ["s"], ["t"]), node("SequenceLength", ["t"], ["y"])])).toMatch(
      /no element/,
    );
    expect(message([node("SequenceEmpty", [], ["s"]), node("ConcatFromSequence", ["s"], ["y"], { axis: int(0) })])).toMatch(/sequence is empty/);
    expect(message([abc, node("ConcatFromSequence", ["s"], ["y"], { axis: int(2) })])).toMatch(/axis 2 is outside a tensor of rank 2/);
    expect(message([abc, node("SequenceConstruct", ["a", "three"], ["t"]), node("SequenceLength", ["t"], ["y"])])).toMatch(/different element types/);
    const data = [
      abc,
      node("ReduceMax", ["x"], ["m"], { keepdims: int(0) }),
      node("Cast", ["m"], ["p"], { to: int(7) }),
      node("SequenceAt", ["s", "p"], ["y"]),
    ];
    expect(message(data)).toMatch(/SequenceAt needs its input "position" to be known before the run, but "p" depends on the data/);
  });
});
