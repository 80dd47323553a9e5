import { describe, expect, it } from "vitest";
import { gradientGraph, hvpGraph, jvpGraph } from "../../src/autodiff/gradient.js";
import { appendVjp } from "../../src/autodiff/vjp.js";
import type { GraphBuilder } from "../../src/graph/builder.js";
import type { Graph } from "../../src/graph/graph.js";
import { sizeOf, tensor } from "../../src/graph/tensor.js";
import type { Tensor, ValueType } from "../../src/graph/tensor.js";
import { newBuilder } from "../../src/ops/registry.js";
import { evaluateGraph } from "../../src/runtime/evaluate.js";
import { stream } from "../../src/util/random.js";

const float = (...shape: number[]): ValueType => ({ dtype: "float64", shape });
const draw = (name: string, shape: readonly number[]): Tensor => {
  const random = stream(21, name);
  return tensor(
    "float64",
    shape,
    Float64Array.from({ length: sizeOf(shape) }, (_, i) => 0.6 * random.normal(i)),
  );
};
const weight = (b: GraphBuilder, name: string, ...shape: number[]): string => b.initializer(name, draw(name, shape), false);
const total = (b: GraphBuilder, v: string): string =>
  b.reduceSum(
    v,
    b.shape(v).map((_, i) => i),
    false,
  );
const feedsOf = (g: Graph): Map<string, Tensor> => new Map(g.inputs.map((i) => [i.name, draw(i.name, g.types.get(i.name)!.shape)]));

/** The graph's initializers and inputs with `direction` added to one of them, `h` times. */
function moved(
  graph: Graph,
  feeds: ReadonlyMap<string, Tensor>,
  name: string,
  direction: Tensor,
  h: number,
): { graph: Graph; feeds: ReadonlyMap<string, Tensor> } {
  const shift = (t: Tensor): Tensor =>
    tensor(
      "float64",
      t.shape,
      Float64Array.from(t.data, (v, i) => v + h * direction.data[i]!),
    );
  const fed = feeds.get(name);
  if (fed) return { graph, feeds: new Map([...feeds, [name, shift(fed)]]) };
  return { graph: { ...graph, initializers: new Map([...graph.initializers, [name, shift(graph.initializers.get(name)!)]]) }, feeds };
}

const dot = (a: Tensor, b: Tensor): number => Array.from(a.data).reduce((s, v, i) => s + v * b.data[i]!, 0);

/** d f(θ + h·t)/dh at 0 by Richardson extrapolation. */
function slope(f: (h: number) => number, eps = 1e-3): number {
  const at = (h: number): number => (f(h) - f(-h)) / (2 * h);
  return (4 * at(eps / 2) - at(eps)) / 3;
}

/** Checks the gradients of `loss` against differences along a random direction each. */
function check(b: GraphBuilder, loss: string, wrt: readonly string[]): Map<string, Tensor> {
  b.outputs.push(loss);
  const graph = b.build("net");
  const feeds = feedsOf(graph);
  const { graph: back, grads, loss: name } = gradientGraph(graph, { loss, wrt });
  const values = evaluateGraph(back, feeds);
  expect(values.get(name)!.data[0]).toBe(evaluateGraph(graph, feeds).get(loss)!.data[0]);
  const result = new Map<string, Tensor>();
  for (const v of wrt) {
    const g = values.get(grads.get(v)!)!;
    result.set(v, g);
    const t = draw(`direction of ${v}`, g.shape);
    const numeric = slope((h) => {
      const at = moved(graph, feeds, v, t, h);
      return evaluateGraph(at.graph, at.feeds).get(loss)!.data[0]!;
    });
    expect(Math.abs(dot(g, t) - numeric), v).toBeLessThan(1e-8 * Math.max(1, Math.abs(numeric)));
  }
  return result;
}

describe("gradientGraph", () => {
  it("sums the cotangents of a shared parameter", () => {
    const b = newBuilder();
    const W = weight(b, "W", 3, 3);
    let h = b.input("x", float(2, 3));
    for (let i = 0; i < 4; i++) h = b.op("Tanh", [b.matmul(h, i % 2 ? b.swap(W) : W)]);
    check(b, total(b, b.square(h)), [W, "x"]);
  });

  it("joins the branches of a diamond", () => {
    const b = newBuilder();
    const x = b.input("x", float(4));
    const t = b.op("Tanh", [b.mul(x, weight(b, "w", 4))]);
    const joined = b.add(b.mul(b.exp(t), b.op("Sigmoid", [t])), b.sub(t, x));
    check(b, total(b, b.mul(joined, t)), ["x", "w"]);
  });

  it("follows a value that is used many times, and twice by one node", () => {
    const b = newBuilder();
    const x = b.input("x", float(3));
    let sum = b.mul(x, x);
    for (let i = 1; i < 60; i++) sum = b.add(sum, b.mul(x, b.op("Sin", [b.scale(x, i / 30)])));
    check(b, total(b, sum), ["x"]);
  });

  it("undoes broadcasting, once", () => {
    const b = newBuilder();
    const y = b.mul(b.add(weight(b, "a", 3, 1), weight(b, "c", 4)), b.add(weight(b, "s"), weight(b, "e", 2, 1, 1)));
    const grads = check(b, total(b, b.exp(y)), ["a", "c", "s", "e"]);
    expect([...grads.values()].map((g) => [...g.shape])).toEqual([[3, 1], [4], [], [2, 1, 1]]);
  });

  it("skips outputs that nothing uses", () => {
    const b = newBuilder();
    const x = b.input("x", float(2, 6));
    const [p, , r] = b.split(b.op("Tanh", [x]), [1, 2, 3], 1);
    const ys = b.ops(
      "LSTM",
      [b.unsqueeze(r!, [0]), weight(b, "W", 1, 8, 3), weight(b, "R", 1, 8, 2)],
      { hidden_size: 2 },
      { outputs: ["", "h", ""] },
    );
    check(b, b.add(total(b, p!), total(b, ys[1]!)), ["x", "W", "R"]);
  });

  it("gives undefined where no gradient reaches, and only there", () => {
    const b = newBuilder();
    const x = b.input("x", float(3));
    const [lost, rounded, used] = ["lost", "rounded", "used"].map((n) => weight(b, n, 3)) as [string, string, string];
    b.op("Tanh", [lost]);
    const loss = total(b, b.mul(b.add(x, b.op("Floor", [b.exp(rounded)])), used));
    b.outputs.push(loss);
    const { grads, graph } = gradientGraph(b.build("net"), { loss, wrt: [lost, rounded, used] });
    expect([...grads]).toEqual([
      ["lost", undefined],
      ["rounded", undefined],
      ["used", "grad/used"],
    ]);
    expect(graph.outputs).toEqual(["loss", "grad/used"]);
    expect(graph.initializers.has("lost")).toBe(false);
  });

  it("differentiates by values inside the network and by the loss itself", () => {
    const b = newBuilder();
    const x = b.input("x", float(3));
    const h = b.op("Tanh", [b.mul(x, weight(b, "w", 3))]);
    const loss = total(b, b.add(b.square(h), b.exp(h)));
    b.outputs.push(loss);
    const graph = b.build("net");
    const { graph: back, grads } = gradientGraph(graph, { loss, wrt: ["w", h, loss, "w"] });
    const feeds = feedsOf(graph);
    const values = evaluateGraph(back, feeds);
    const inner = evaluateGraph({ ...graph, outputs: [h] }, feeds).get(h)!;
    values.get(grads.get(h)!)!.data.forEach((g, i) => expect(g).toBeCloseTo(2 * inner.data[i]! + Math.exp(inner.data[i]!), 14));
    expect([...values.get(grads.get(loss)!)!.data]).toEqual([1]);
    expect(back.outputs.length).toBe(4);
  });

  it.each([[[]], [[1]], [[1, 1]]])("takes a loss of shape %j", (shape) => {
    const b = newBuilder();
    const loss = b.reshape(total(b, b.square(weight(b, "w", 5))), shape);
    const g = check(b, loss, ["w"]).get("w")!;
    g.data.forEach((v, i) => expect(v).toBeCloseTo(2 * draw("w", [5]).data[i]!, 14));
  });

  it("refuses a loss that is no float scalar or no value", () => {
    const b = newBuilder();
    const x = b.input("x", float(3));
    const graph = b.build("net");
    expect(() => gradientGraph(graph, { loss: x, wrt: [x] })).toThrow(/not a float scalar/);
    expect(() => gradientGraph(graph, { loss: "nothing", wrt: [x] })).toThrow(/no value "nothing"/);
  });

  it("leaves names that are taken alone", () => {
    const b = newBuilder();
    weight(b, "w", 2);
    const taken = b.mul(b.input("grad/w", float(2)), "w");
    const loss = b.op("ReduceSum", [taken], { keepdims: 0 }, { outputs: ["loss"] });
    b.outputs.push(loss);
    const { graph, grads, loss: name } = gradientGraph(b.build("net"), { loss, wrt: ["w"] });
    expect([name, grads.get("w")]).toEqual(["loss_1", "grad/w_1"]);
    expect(graph.inputs.map((i) => i.name)).toEqual(["grad/w"]);
  });

  it("adds a number of nodes that is proportional to the network's", () => {
    const size = (depth: number): number => {
      const b = newBuilder();
      let h = b.input("x", float(2, 2));
      for (let i = 0; i < depth; i++) h = b.op("Tanh", [b.add(b.matmul(h, weight(b, `W${i}`, 2, 2)), weight(b, `b${i}`, 2))]);
      const loss = total(b, h);
      b.outputs.push(loss);
      const wrt = Array.from({ length: depth }, (_, i) => [`W${i}`, `b${i}`]).flat();
      return gradientGraph(b.build("net"), { loss, wrt }).graph.nodes.length;
    };
    const [one, two, four] = [size(500), size(1000), size(2000)];
    expect(four - two).toBe(2 * (two - one));
  });
});

it("appendVjp takes cotangents of several values, one of them wanted itself", () => {
  const b = newBuilder();
  const x = b.input("x", float(3));
  const y = b.square(x);
  const z = b.exp(y);
  const nodes = [...b.nodes];
  const [yBar, zBar] = [b.input("yBar", float(3)), b.input("zBar", float(3))];
  const grads = appendVjp(b, {
    nodes,
    seeds: new Map([
      [y, yBar],
      [z, zBar],
    ]),
    wrt: [x, y],
  });
  b.outputs.push(grads.get(x)!, grads.get(y)!);
  const graph = b.build("vjp");
  const feeds = feedsOf(graph);
  const values = evaluateGraph(graph, feeds);
  const [X, Y, Z] = ["x", "yBar", "zBar"].map((n) => feeds.get(n)!.data) as [Float64Array, Float64Array, Float64Array];
  X.forEach((v, i) => {
    const inner = Y[i]! + Z[i]! * Math.exp(v * v);
    expect(values.get(grads.get(y)!)!.data[i]).toBeCloseTo(inner, 13);
    expect(values.get(grads.get(x)!)!.data[i]).toBeCloseTo(2 * v * inner, 13);
  });
});

/** An MLP with tanh, mean square loss, biases, and one weight used twice. */
function mlp(): { graph: Graph; loss: string; wrt: string[] } {
  const b = newBuilder();
  let h = b.input("x", float(5, 3));
  const wrt: string[] = [];
  [
    [3, 4],
    [4, 4],
    [4, 4],
    [4, 2],
  ].forEach(([m, n], i) => {
    const W = i === 2 ? "W1" : weight(b, `W${i}`, m!, n!);
    const c = weight(b, `b${i}`, n!);
    wrt.push(...(i === 2 ? [c] : [W, c]));
    h = b.add(b.matmul(h, W), c);
    if (i < 3) h = b.op("Tanh", [h]);
  });
  const loss = b.reduceMean(b.square(b.sub(h, b.input("target", float(5, 2)))), [0, 1], false);
  b.outputs.push(loss);
  return { graph: b.build("mlp"), loss, wrt };
}

describe("hvpGraph", () => {
  it("agrees with differences of gradients, and is symmetric", () => {
    const { graph, loss, wrt } = mlp();
    const feeds = feedsOf(graph);
    const { graph: second, hvps, directions } = hvpGraph(graph, { loss, wrt });
    const along = (salt: string): Map<string, Tensor> => new Map(wrt.map((v) => [v, draw(`${salt}/${v}`, graph.types.get(v)!.shape)]));
    const hvp = (t: ReadonlyMap<string, Tensor>): Map<string, Tensor> => {
      const out = evaluateGraph(second, new Map([...feeds, ...wrt.map((v) => [directions.get(v)!, t.get(v)!] as const)]));
      return new Map(wrt.map((v) => [v, out.get(hvps.get(v)!)!]));
    };
    const [u, v] = [along("u"), along("v")];
    const [Hu, Hv] = [hvp(u), hvp(v)];
    const inner = (p: ReadonlyMap<string, Tensor>, q: ReadonlyMap<string, Tensor>): number => wrt.reduce((s, n) => s + dot(p.get(n)!, q.get(n)!), 0);
    expect(Math.abs(inner(u, Hv) - inner(v, Hu))).toBeLessThan(1e-13);

    const { graph: first, grads } = gradientGraph(graph, { loss, wrt });
    const numeric = slope((h) => {
      const shifted = wrt.reduce((g, n) => moved(g, new Map(), n, v.get(n)!, h).graph, first);
      const out = evaluateGraph(shifted, feeds);
      return wrt.reduce((s, n) => s + dot(out.get(grads.get(n)!)!, u.get(n)!), 0);
    });
    expect(Math.abs(inner(u, Hv) - numeric)).toBeLessThan(1e-9 * Math.max(1, Math.abs(numeric)));
  });

  it("gives undefined where the second derivative is zero", () => {
    const b = newBuilder();
    const loss = total(b, b.mul(weight(b, "w", 3), b.input("x", float(3))));
    b.outputs.push(loss);
    expect(hvpGraph(b.build("net"), { loss, wrt: ["w"] }).hvps.get("w")).toBeUndefined();
  });

  it("takes a parameter that is named twice", () => {
    const { graph, loss } = mlp();
    const { graph: second, directions } = hvpGraph(graph, { loss, wrt: ["W1", "W1"] });
    expect([...directions]).toEqual([["W1", "direction/W1"]]);
    expect(second.inputs.map((i) => i.name)).toEqual(["x", "target", "direction/W1"]);
  });
});

describe("jvpGraph", () => {
  it("agrees with differences of the outputs", () => {
    const { graph, loss } = mlp();
    const feeds = feedsOf(graph);
    const { graph: forward, directions, tangents } = jvpGraph(graph, ["x", "W1"]);
    const t = new Map([...directions].map(([v, d]) => [d, draw(d, graph.types.get(v)!.shape)]));
    const tangent = evaluateGraph(forward, new Map([...feeds, ...t])).get(tangents.get(loss)!)!.data[0]!;
    const numeric = slope((h) => {
      const one = moved(graph, feeds, "x", t.get("direction/x")!, h);
      const both = moved(one.graph, one.feeds, "W1", t.get("direction/W1")!, h);
      return evaluateGraph(both.graph, both.feeds).get(loss)!.data[0]!;
    });
    expect(Math.abs(tangent - numeric)).toBeLessThan(1e-10);
  });

  it("gives undefined for an output that does not move", () => {
    const b = newBuilder();
    const x = b.input("x", float(3));
    b.outputs.push(b.exp(x), b.exp(b.input("z", float(3))));
    const { tangents } = jvpGraph(b.build("net"), ["x"]);
    expect([...tangents.values()].map((t) => t !== undefined)).toEqual([true, false]);
  });
});
