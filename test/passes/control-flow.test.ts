import { describe, expect, it } from "vitest";
import type { Attr, Graph, Model, Node } from "../../src/graph/graph.js";
import { sizeOf, tensor } from "../../src/graph/tensor.js";
import type { Tensor, ValueType } from "../../src/graph/tensor.js";
import { readOnnx } from "../../src/onnx/read.js";
import { writeOnnx } from "../../src/onnx/write.js";
import { subgraph } from "../../src/ops/shared/control.js";
import { bind } from "../../src/passes/bind.js";
import type { BindOptions } from "../../src/passes/bind.js";
import { stream } from "../../src/util/random.js";
import { checkFile } from "../support/check-file.js";

type Row = readonly [op: string, inputs: readonly string[], outputs: readonly string[], attrs?: Readonly<Record<string, Attr>>];

const float = (...shape: number[]): ValueType => ({ dtype: "float32", shape });
const int: ValueType = { dtype: "int64", shape: [] };
const bool: ValueType = { dtype: "bool", shape: [] };
const clock = { i: int, go: bool };
const number = (v: number): Tensor => tensor("int64", [], [v]);

function draw(name: string, { dtype, shape }: ValueType): Tensor {
  const random = stream(9, name);
  return tensor(
    dtype,
    shape,
    Float64Array.from({ length: sizeOf(shape) }, (_, i) => Math.fround(0.7 * random.normal(i))),
  );
}

interface Net {
  readonly inputs?: Readonly<Record<string, ValueType>>;
  readonly weights?: Readonly<Record<string, Tensor>>;
  readonly constants?: Readonly<Record<string, Tensor>>;
  readonly nodes: readonly Row[];
  readonly outputs: Readonly<Record<string, ValueType>>;
}

/** A network as a file holds it: written and read back. */
function file({ inputs = {}, weights = {}, constants = {}, nodes, outputs }: Net): { model: Model; bytes: Uint8Array } {
  const graph: Graph = {
    name: "net",
    inputs: Object.entries(inputs).map(([name, t]) => ({ name, ...t })),
    outputs: Object.keys(outputs),
    initializers: new Map(Object.entries({ ...weights, ...constants })),
    constants: new Set(Object.keys(constants)),
    nodes: nodes.map(([op, ins, outs, attrs = {}]): Node => ({ op, domain: "", name: outs[0]!, inputs: ins, outputs: outs, attrs })),
    types: new Map(Object.entries({ ...inputs, ...outputs })),
  };
  const bytes = writeOnnx(graph);
  return { model: readOnnx(bytes, { name: "net" }), bytes };
}

/** Checks a network as a file, with drawn inputs. */
async function check(net: Net, options: BindOptions = {}): Promise<Graph> {
  const feeds = new Map(Object.entries(net.inputs ?? {}).map(([k, t]) => [k, draw(k, t)]));
  return (await checkFile(file(net).bytes, feeds, options)).graph;
}

describe("If", () => {
  const W = draw("W", float(2, 3));
  const branch = (op: string): Graph =>
    subgraph(
      {},
      [
        [op, ["h"], ["t"]],
        ["Mul", ["t", "w"], ["u"]],
      ],
      ["u"],
      { w: draw(op, float(3)) },
    );
  const net: Net = {
    inputs: { x: float(4, 2) },
    weights: { W },
    constants: { rows: number(4), zero: tensor("int64", [1], [0]), five: number(5) },
    nodes: [
      ["MatMul", ["x", "W"], ["h"]],
      ["Shape", ["h"], ["s"]],
      ["Gather", ["s", "zero"], ["n"], { axis: 0 }],
      ["Squeeze", ["n"], ["m"]],
      ["Less", ["m", "five"], ["small"]],
      ["If", ["small"], ["y"], { then_branch: branch("Tanh"), else_branch: branch("Exp") }],
    ],
    outputs: { y: float(4, 3) },
  };

  it("folds when its condition follows from shapes; branches capture outer values and keep the names of their weights", async () => {
    const graph = await check(net);
    expect(graph.nodes.map((n) => n.op)).toEqual(["MatMul", "Tanh", "Mul"]);
    expect([...graph.initializers.keys()]).toContain("w");
    expect(graph.outputs).toEqual(["y"]);
  });

  it("takes the other branch in another shape", () => {
    const { model } = file({ ...net, inputs: { x: float(6, 2) }, outputs: { y: float(6, 3) } });
    expect(bind(model).graph.nodes.map((n) => n.op)).toEqual(["MatMul", "Exp", "Mul"]);
  });

  const free: Net = {
    inputs: { x: float(4, 2), training: bool },
    nodes: [
      [
        "If",
        ["training"],
        ["y"],
        { then_branch: subgraph({}, [["Tanh", ["x"], ["a"]]], ["a"]), else_branch: subgraph({}, [["Identity", ["x"], ["a"]]], ["a"]) },
      ],
    ],
    outputs: { y: float(4, 2) },
  };
  it("says that a condition that depends on the data can be set", () => {
    const { model } = file(free);
    expect(() => bind(model)).toThrow(/net ▸ y: If needs its input "cond".*--set/);
    expect(bind(model, { set: { training: 0 } }).graph.nodes.map((n) => n.op)).not.toContain("Tanh");
    expect(bind(model, { set: { training: 1 } }).graph.nodes.map((n) => n.op)).toContain("Tanh");
  });

  it("nests, with equal names in different branches", async () => {
    const inner = (op: string): Graph => subgraph({}, [[op, ["v"], ["t"]]], ["t"]);
    const outer = subgraph(
      {},
      [
        ["Mul", ["x", "w"], ["v"]],
        ["If", ["no"], ["r"], { then_branch: inner("Exp"), else_branch: inner("Tanh") }],
        ["If", ["yes"], ["q"], { then_branch: inner("Sigmoid"), else_branch: inner("Tanh") }],
        ["Add", ["r", "q"], ["t"]],
      ],
      ["t"],
      { w: draw("inner w", float(2)) },
    );
    await check({
      inputs: { x: float(3, 2) },
      constants: { yes: tensor("bool", [], [1]), no: tensor("bool", [], [0]) },
      nodes: [["If", ["yes"], ["y"], { then_branch: outer, else_branch: subgraph({}, [["Neg", ["x"], ["t"]]], ["t"]) }]],
      outputs: { y: float(3, 2) },
    });
  });
});

describe("Loop", () => {
  const step = subgraph(
    { ...clock, h: float(2, 3) },
    [
      ["MatMul", ["h", "W"], ["p"]],
      ["Add", ["p", "bias"], ["q"]],
      ["Tanh", ["q"], ["next"]],
    ],
    ["go", "next", "q"],
    { bias: draw("bias", float(3)) },
  );

  it("unrolls a counted loop: one gradient for a captured weight and for the body's own", async () => {
    const graph = await check({
      inputs: { x: float(2, 3) },
      weights: { W: draw("W", float(3, 3)) },
      constants: { M: number(4) },
      nodes: [["Loop", ["M", "", "x"], ["last", "all"], { body: step }]],
      outputs: { last: float(2, 3), all: float(4, 2, 3) },
    });
    expect(graph.nodes.filter((n) => n.op === "MatMul").length).toBe(4);
    expect([...graph.initializers.keys()].filter((k) => k.startsWith("bias"))).toEqual(["bias"]);
  });

  it("runs a while loop whose condition follows from its counter", async () => {
    const body = subgraph(
      { ...clock, k: int, h: float(3) },
      [
        ["Add", ["k", "two"], ["k2"]],
        ["Less", ["k2", "seven"], ["more"]],
        ["Mul", ["h", "w"], ["h2"]],
      ],
      ["more", "k2", "h2"],
      { two: number(2), seven: number(7), w: draw("w", float(3)) },
    );
    const graph = await check({
      inputs: { x: float(3) },
      constants: { start: number(0), yes: tensor("bool", [], [1]) },
      nodes: [["Loop", ["", "yes", "start", "x"], ["k", "y"], { body }]],
      outputs: { y: float(3) },
    });
    expect(graph.nodes.filter((n) => n.op === "Mul").length).toBe(4);
  });

  it("nests, with bodies that capture from every level, and branches by iteration", async () => {
    const even = subgraph({}, [["Tanh", ["a"], ["r"]]], ["r"]);
    const odd = subgraph({}, [["Mul", ["a", "outer"], ["r"]]], ["r"]);
    const inner = subgraph(
      { j: int, go2: bool, a: float(3) },
      [
        ["Mod", ["j", "two"], ["rest"]],
        ["Equal", ["rest", "zero"], ["isEven"]],
        ["If", ["isEven"], ["b"], { then_branch: even, else_branch: odd }],
        ["Add", ["b", "W"], ["c"]],
      ],
      ["go2", "c"],
    );
    const outer = subgraph(
      { i: int, go: bool, h: float(3) },
      [
        ["Exp", ["h"], ["e"]],
        ["Mul", ["e", "small"], ["outer"]],
        ["Loop", ["three", "", "outer"], ["g"], { body: inner }],
        ["Sub", ["g", "outer"], ["out"]],
      ],
      ["go", "out"],
    );
    await check({
      inputs: { x: float(3) },
      weights: { W: draw("W", float(3)) },
      constants: { three: number(3), two: number(2), zero: number(0), small: tensor("float32", [1], [0.3]) },
      nodes: [["Loop", ["two", "", "x"], ["y"], { body: outer }]],
      outputs: { y: float(3) },
    });
  });

  it("carries values that grow", async () => {
    const body = subgraph(
      { ...clock, list: { dtype: "float32", shape: ["n", 2] } as unknown as ValueType },
      [["Concat", ["list", "x"], ["longer"], { axis: 0 }]],
      ["go", "longer"],
    );
    await check({
      inputs: { x: float(1, 2) },
      constants: { M: number(3) },
      nodes: [["Loop", ["M", "", "x"], ["y"], { body }]],
      outputs: { y: float(4, 2) },
    });
  });

  it("returns what it was given when it never runs", async () => {
    const { model } = file({
      inputs: { x: float(2, 3) },
      weights: { W: draw("W", float(3, 3)) },
      constants: { M: number(0) },
      nodes: [["Loop", ["M", "", "x"], ["y", "all"], { body: step }]],
      outputs: { all: float(0, 2, 3) },
    });
    expect(() => bind(model)).toThrow(/runs zero times/);
    await check({
      inputs: { x: float(2, 3) },
      constants: { M: number(0) },
      nodes: [
        ["Loop", ["M", "", "x"], ["y"], { body: subgraph({ ...clock, h: float(2, 3) }, [["Tanh", ["h"], ["n"]]], ["go", "n"]) }],
        ["Exp", ["y"], ["z"]],
      ],
      outputs: { z: float(2, 3) },
    });
  });

  it("refuses a condition or a count that depends on the data, and runs without end", () => {
    const body = subgraph(
      { ...clock, h: float(1) },
      [
        ["Squeeze", ["h"], ["s"]],
        ["Less", ["s", "one"], ["more"]],
        ["Add", ["h", "h"], ["n"]],
      ],
      ["more", "n"],
      { one: tensor("float32", [], [1]) },
    );
    const net = (nodes: readonly Row[]): Model =>
      file({ inputs: { x: float(1), n: int }, constants: { M: number(3) }, nodes, outputs: { y: float(1) } }).model;
    expect(() => bind(net([["Loop", ["M", "", "x"], ["y"], { body }]]))).toThrow(
      /net ▸ y: whether Loop goes on after its iteration 0 depends on the data.*--set/,
    );
    const count = net([["Loop", ["n", "", "x"], ["y"], { body: subgraph({ ...clock, h: float(1) }, [["Neg", ["h"], ["k"]]], ["go", "k"]) }]]);
    expect(() => bind(count)).toThrow(/Loop needs its input "M" to be known/);
    expect(bind(count, { set: { n: 2 } }).graph.nodes.length).toBe(2);
    expect(() => bind(count, { set: { n: 1e6 } })).toThrow(/runs more than 10000 times/);
  });
});

describe("Scan", () => {
  const cell = subgraph(
    { h: float(2, 3), x: float(2, 3) },
    [
      ["MatMul", ["h", "R"], ["p"]],
      ["MatMul", ["x", "W"], ["q"]],
      ["Add", ["p", "q"], ["s"]],
      ["Tanh", ["s"], ["n"]],
      ["Identity", ["n"], ["copy"]],
    ],
    ["n", "copy"],
  );
  const weights = { W: draw("W", float(3, 3)), R: draw("R", float(3, 3)) };

  it("is an RNN when its body is a cell", async () => {
    const graph = await check({
      inputs: { h0: float(2, 3), x: float(4, 2, 3) },
      weights,
      nodes: [["Scan", ["h0", "x"], ["last", "all"], { body: cell, num_scan_inputs: 1 }]],
      outputs: { last: float(2, 3), all: float(4, 2, 3) },
    });
    expect(graph.nodes.filter((n) => n.op === "Tanh").length).toBe(4);
  });

  it("scans other axes backwards", async () => {
    await check({
      inputs: { h0: float(2, 3), x: float(2, 4, 3) },
      weights,
      nodes: [
        [
          "Scan",
          ["h0", "x"],
          ["last", "all"],
          { body: cell, num_scan_inputs: 1, scan_input_axes: [1], scan_input_directions: [1], scan_output_axes: [-2], scan_output_directions: [1] },
        ],
      ],
      outputs: { last: float(2, 3), all: float(2, 4, 3) },
    });
  });
});
