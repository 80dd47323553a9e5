import { describe, expect, it } from "vitest";
import { gradientGraph } from "../../src/autodiff/gradient.js";
import type { Attr } from "../../src/graph/graph.js";
import { sizeOf, tensor } from "../../src/graph/tensor.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { newBuilder } from "../../src/ops/registry.js";
import { evaluateGraph } from "../../src/runtime/evaluate.js";
import { stream } from "../../src/util/random.js";

const draw = (name: string, shape: readonly number[]): Tensor => {
  const random = stream(5, name);
  return tensor(
    "float64",
    shape,
    Float64Array.from({ length: sizeOf(shape) }, (_, i) => random.normal(i)),
  );
};

const GATES = { RNN: 1, GRU: 3, LSTM: 4 } as const;
type Kind = keyof typeof GATES;
const kinds = Object.keys(GATES) as Kind[];

/** All outputs of a layer on named random inputs; `permute` maps each of X and the initial states first, and each output last. */
function run(kind: Kind, batchFirst: boolean, attrs: Readonly<Record<string, Attr>>, ways: number): readonly Tensor[] {
  const b = newBuilder();
  const [T, B, I, H] = [4, 3, 2, 2];
  const swap = (v: string): string => b.transpose(v, [1, 0, 2]);
  const given = (name: string, shape: readonly number[]): string => b.initializer(name, draw(name, shape), false);
  const states = kind === "LSTM" ? ["h0", "c0"] : ["h0"];
  const flip = (v: string): string => (batchFirst ? swap(v) : v);
  const inputs = [
    flip(given("X", [T, B, I])),
    given("W", [ways, GATES[kind] * H, I]),
    given("R", [ways, GATES[kind] * H, H]),
    given("B", [ways, 2 * GATES[kind] * H]),
    b.initializer("lens", tensor("int32", [B], [4, 2, 3])),
    ...states.map((s) => flip(given(s, [ways, B, H]))),
  ];
  const outs = b.ops(kind, inputs, { ...attrs, layout: batchFirst ? 1 : 0 }, { outputs: 1 + states.length });
  const plain = outs.map((v, i) => (batchFirst ? b.transpose(v, i === 0 ? [1, 2, 0, 3] : [1, 0, 2]) : v));
  b.outputs.push(...plain);
  const values = evaluateGraph(b.build(kind), new Map());
  return plain.map((v) => values.get(v)!);
}

describe.each(kinds)("%s", (kind) => {
  it.each(["forward", "reverse", "bidirectional"])("gives the same in layout 0 and 1 (%s)", (direction) => {
    const ways = direction === "bidirectional" ? 2 : 1;
    const [a, b] = [run(kind, false, { direction }, ways), run(kind, true, { direction }, ways)];
    a.forEach((t, i) => {
      expect(b[i]!.shape).toEqual(t.shape);
      t.data.forEach((v, k) => expect(b[i]!.data[k]).toBeCloseTo(v, 14));
    });
  });

  it("names its hidden states and sends one gradient to each of W, R and B", () => {
    const b = newBuilder();
    const x = b.input("x", { dtype: "float64", shape: [5, 2, 3] });
    const [G, H] = [GATES[kind], 4];
    for (const [name, shape] of [
      ["W", [1, G * H, 3]],
      ["R", [1, G * H, H]],
      ["B", [1, 2 * G * H]],
    ] as const)
      b.initializer(name, draw(name, shape), false);
    const [y] = b.ops(kind, [x, "W", "R", "B"], { hidden_size: H }, { name: "layer" });
    for (let t = 0; t < 5; t++) expect(b.types.get(`layer/h_${t}`)?.shape).toEqual([2, H]);
    const loss = b.reduceSum(b.square(y!), [0, 1, 2, 3], false);
    b.outputs.push(loss);
    const { graph, grads } = gradientGraph(b.build("net"), { loss, wrt: ["W", "R", "B"] });
    expect([...grads]).toEqual(["W", "R", "B"].map((v) => [v, `grad/${v}`]));
    const feeds = new Map([["x", draw("x", [5, 2, 3])]]);
    const g = evaluateGraph(graph, feeds);
    for (const name of ["W", "R", "B"]) {
      const own = b.initializers.get(name)!;
      const at = (i: number, h: number): number => {
        const moved = tensor("float64", own.shape, own.data);
        moved.data[i] = moved.data[i]! + h;
        const moving = { ...b.build("net"), initializers: new Map([...b.initializers, [name, moved]]) };
        return evaluateGraph(moving, feeds).get(loss)!.data[0]!;
      };
      for (const i of [0, 5, own.data.length - 1]) {
        const numeric = (at(i, 1e-5) - at(i, -1e-5)) / 2e-5;
        expect(Math.abs(g.get(`grad/${name}`)!.data[i]! - numeric)).toBeLessThan(1e-7 * Math.max(1, Math.abs(numeric)));
      }
    }
  });

  it("multiplies by W once, and by R once a step", () => {
    const b = newBuilder();
    const given = (name: string, shape: readonly number[]): string => b.input(name, { dtype: "float32", shape });
    const G = GATES[kind];
    b.ops(kind, [given("x", [6, 2, 3]), given("W", [1, G * 4, 3]), given("R", [1, G * 4, 4])], {
      hidden_size: 4,
      ...(kind === "GRU" ? { linear_before_reset: 1 } : {}),
    });
    expect(b.nodes.filter((n) => n.op === "Gemm" || n.op === "MatMul").length).toBe(7);
  });

  it("takes an empty sequence", () => {
    const b = newBuilder();
    const given = (name: string, shape: readonly number[]): string => b.input(name, { dtype: "float32", shape });
    const G = GATES[kind];
    const [y, h] = b.ops(kind, [given("x", [0, 2, 3]), given("W", [1, G * 4, 3]), given("R", [1, G * 4, 4])], { hidden_size: 4 }, { outputs: 2 });
    expect([b.shape(y!), b.shape(h!)]).toEqual([
      [0, 1, 2, 4],
      [1, 2, 4],
    ]);
  });
});

it("refuses what the standard does not allow, with the reason", () => {
  const build =
    (attrs: Readonly<Record<string, Attr>>, r: readonly number[] = [1, 2, 2]) =>
    () => {
      const b = newBuilder();
      const given = (name: string, shape: readonly number[]): string => b.input(name, { dtype: "float32", shape });
      b.op("RNN", [given("x", [3, 1, 2]), given("W", [1, 2, 2]), given("R", r)], attrs);
    };
  expect(build({ activations: ["Wave"] })).toThrow('unknown activation "Wave"');
  expect(build({ activations: ["Affine"] })).toThrow("lacks activation_alpha");
  expect(build({ direction: "bidirectional" })).toThrow("its input W has another shape");
  expect(build({ hidden_size: 3 })).toThrow("hidden_size");
});
