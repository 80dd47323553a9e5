import { describe, expect, it } from "vitest";
import type { GraphBuilder } from "../../src/graph/builder.js";
import { tensor } from "../../src/graph/tensor.js";
import { newBuilder } from "../../src/ops/registry.js";
import type { Structure } from "../../src/structure/types.js";
import { familiesOf, structureOfGraph } from "../support/structure.js";

const WIDTH = 4;
const STEPS = 12;

interface Net {
  readonly b: GraphBuilder;
  /** What enters at a step. */
  input(t: number): string;
  /** A vector of weights, the same for the same name. */
  weight(name: string): string;
  number(value: number): string;
}

/** A network that makes its last state of the first and of what `step` does, and applies a matrix behind. */
function chained(step: (n: Net, h: string, t: number) => string, steps: number = STEPS): Structure {
  const b = newBuilder();
  const made = new Set<string>();
  const stored = (name: string, shape: readonly number[], fixed: boolean, value = 0.9): string => {
    const size = shape.reduce((p, d) => p * d, 1);
    const data = Array.from({ length: size }, (_, i) => (fixed ? value : value + 0.01 * i));
    if (!made.has(name)) b.initializer(name, tensor("float32", shape, data), fixed);
    made.add(name);
    return name;
  };
  const x = b.input("x", { dtype: "float32", shape: [3, steps + 1, WIDTH] });
  const projected = b.op("MatMul", [x, stored("in", [WIDTH, WIDTH], false)]);
  const at = (t: number): string => {
    b.initializer(`at${t}`, tensor("int64", [], [t]), true);
    return `at${t}`;
  };
  const inputs = Array.from({ length: steps + 1 }, (_, t) => b.op("Gather", [projected, at(t)], { axis: 1 }));
  const net: Net = {
    b,
    input: (t) => inputs[t]!,
    weight: (name) => stored(name, [WIDTH], false),
    number: (value) => stored(`number${value}`, [], true, value),
  };
  let h = inputs[0]!;
  for (let t = 1; t <= steps; t++) h = step(net, h, t);
  b.outputs.push(b.op("MatMul", [h, stored("out", [WIDTH, WIDTH], false)]));
  return structureOfGraph(b.build("net"));
}

describe("steps of a state that is computed element by element", () => {
  it.each<[string, (n: Net, h: string, t: number) => string]>([
    ["with one vector of weights", ({ b, input, weight }, h, t) => b.op("Add", [b.op("Mul", [h, weight("a")]), input(t)])],
    ["with one number", ({ b, input, number }, h, t) => b.op("Add", [input(t), b.op("Mul", [number(0.9), h])])],
    [
      "with gates of the input",
      ({ b, input, number }, h, t) => {
        const z = b.op("Sigmoid", [input(t)]);
        return b.op("Add", [b.op("Mul", [b.op("Sub", [number(1), z]), h]), b.op("Mul", [z, b.op("Tanh", [input(t)])])]);
      },
    ],
    [
      "with a state that is read twice",
      ({ b, input, number }, h, t) => b.op("Add", [h, b.op("Mul", [number(0.1), b.op("Sub", [input(t), b.op("Tanh", [h])])])]),
    ],
    ["where a function follows", ({ b, input, weight }, h, t) => b.op("Tanh", [b.op("Add", [b.op("Mul", [h, weight("a")]), input(t)])])],
  ])("are a chain over time %s", (_, step) => {
    const found = chained(step);
    expect(familiesOf(found)).toMatch(/^1 matrix, 1[12] recurrent/);
    expect(found.blocks.filter((b) => b.family === "recurrent").length).toBeGreaterThanOrEqual(STEPS - 1);
    expect(found.spans.map((s) => s.kind)).toEqual(["recurrent"]);
    expect(new Set(found.blocks.flatMap((b) => (b.family === "recurrent" ? b.clocks! : []))).size).toBe(1);
  });

  it.each<[string, (n: Net, h: string, t: number) => string, number?]>([
    ["sums", ({ b, input }, h, t) => b.op("Add", [h, input(t)])],
    ["fewer than eight", ({ b, input, weight }, h, t) => b.op("Add", [b.op("Mul", [h, weight("a")]), input(t)]), 7],
    ["what reads one and the same value at each", ({ b, input, weight }, h) => b.op("Add", [b.op("Mul", [h, weight("a")]), input(1)])],
    [
      "steps that multiply by numbers of their own",
      ({ b, input, number }, h, t) => b.op("Add", [b.op("Mul", [h, number(0.9 + t / 1000)]), input(t)]),
    ],
  ])("are not %s", (_, step, steps) => {
    expect(chained(step, steps).blocks.filter((b) => b.family === "recurrent")).toEqual([]);
  });
});

describe("layers that scale each element", () => {
  it("are layers where each has weights of its own", () => {
    const found = chained(({ b, weight }, h, t) => b.op("Tanh", [b.op("Mul", [h, weight(`a${t}`)])]));
    expect(familiesOf(found)).toBe(`${STEPS + 2} matrix`);
    expect(found.spans).toEqual([]);
  });
});
