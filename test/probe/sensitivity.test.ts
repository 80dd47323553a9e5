import { describe, expect, it } from "vitest";
import { tensor } from "../../src/graph/tensor.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { buildNet } from "../../src/nn/build.js";
import type { NetSpec } from "../../src/nn/spec.js";
import { bind } from "../../src/passes/bind.js";
import { differential } from "../../src/probe/differential.js";
import type { Differential, Point } from "../../src/probe/differential.js";
import { allSingularValues, jacobianOfExample } from "../../src/probe/jacobian.js";
import { principalSubspace, sensitivity } from "../../src/probe/sensitivity.js";
import { referenceRuntime } from "../../src/runtime/reference.js";
import { stream } from "../../src/util/random.js";
import { normals } from "./subjects.js";

const request = { size: 0.01, directions: 3, seed: 5, share: 0.99 };

function subject(
  spec: NetSpec,
  x: Tensor,
  weights: Readonly<Record<string, ArrayLike<number>>> = {},
): { readonly d: Differential; readonly at: Point } {
  const { graph } = bind(buildNet({ classes: null, ...spec, batch: x.shape[0]!, dtype: "float64" }), { maxBytes: 1e9 });
  const own = new Map(Object.entries(weights).map(([name, values]) => [name, tensor("float64", graph.initializers.get(name)!.shape, values)]));
  return {
    d: differential(graph, graph.outputs[0]!, { runtime: referenceRuntime(), memoryLimit: 1e9 }),
    at: { inputs: new Map([["input", x]]), weights: own },
  };
}

const squares = (v: readonly number[]): number => v.reduce((s, c) => s + c * c, 0);

describe("the principal subspace", () => {
  it("of data on a plane is that plane, and leaves out what holds little variance", () => {
    const [p, q] = [[3, 0, 4, 0].map((v) => v / 5), [0, 1, 0, 0]];
    const c = normals(1, "c", [12, 2], 1, "float64").data;
    const on = Array.from({ length: 12 }, (_, e) => p.map((v, i) => 7 + 3 * c[2 * e]! * v + c[2 * e + 1]! * q[i]!));
    const basis = principalSubspace(on, 0.9999);
    expect(basis.length).toBe(2);
    for (const b of basis) {
      expect(squares([...b])).toBeCloseTo(1, 12);
      const inside = [p, q].map((d) => d.reduce((s, v, i) => s + v * b[i]!, 0));
      expect(squares(inside)).toBeCloseTo(1, 12);
    }
    expect(principalSubspace(on, 0.5).length).toBe(1);
  });
});

describe("sensitivity", () => {
  it("of orthogonal linear layers is the factor on lengths, in every direction", async () => {
    const net = { arch: "mlp", depth: 5, width: 9, activation: "identity", init: { scheme: "orthogonal", weightVariance: 4 } };
    const { d, at } = subject(net, normals(3, "x", [5, 9], 1, "float64"));
    const found = await sensitivity(d, at, request);
    for (const a of [found.isotropic, found.inside!, found.off!, found.alone]) {
      expect(a.raw).toBeCloseTo(5 * Math.log(4), 9);
      expect(a.relative).toBeCloseTo(0, 9);
    }
    expect(found).toMatchObject({ mixes: false, subspace: 4 });
    expect(found.alone.others).toBe(-Infinity);
    expect(found.lnForward).toBeCloseTo(Math.log(9) + 5 * Math.log(4), 9);
    expect(found.lnBackward).toBeCloseTo(found.lnForward, 9);
  });

  it("tells directions inside of the data's subspace from those off it", async () => {
    // Data in the first two of five coordinates; W keeps these and shrinks the others by 100.
    const x = normals(4, "x", [8, 5], 1, "float64");
    const flat = tensor("float64", [8, 5], x.data.map((v, i) => (i % 5 < 2 ? v : 0))); // prettier-ignore
    const w = Array.from({ length: 25 }, (_, k) => (Math.floor(k / 5) !== k % 5 ? 0 : k % 5 < 2 ? 1 : 0.01));
    const { d, at } = subject({ arch: "mlp", depth: 1, width: 5, activation: "identity" }, flat, { "layer1/linear/weight": w });
    const found = await sensitivity(d, at, { ...request, share: 1 });
    expect(found.subspace).toBe(2);
    expect(found.inside!.raw).toBeCloseTo(0, 9);
    expect(found.inside!.relative).toBeCloseTo(0, 9);
    expect(found.off!.raw).toBeCloseTo(2 * Math.log(0.01), 9);
    expect(found.isotropic.raw).toBeLessThan(0);
    expect(found.isotropic.raw).toBeGreaterThan(2 * Math.log(0.01));
  });

  it("is what plain loops over a tanh network give for the same directions", async () => {
    const [n, examples] = [4, 3];
    const w = normals(7, "w", [n, n], 1, "float64").data;
    const x = normals(8, "x", [examples, n], 1, "float64");
    const { d, at } = subject({ arch: "mlp", depth: 1, width: n, activation: "tanh" }, x, { "layer1/linear/weight": w });
    const f = (v: readonly number[]): number[] => v.map((_, o) => Math.tanh(v.reduce((s, c, i) => s + c * w[o * n + i]!, 0)));
    const [raw, relative]: [number[], number[]] = [[], []];
    for (let k = 0; k < 3; k++) {
      for (let e = 0; e < examples; e++) {
        const own = Array.from(x.data.subarray(e * n, (e + 1) * n));
        const random = stream(5, `sensitivity/isotropic/${k}/${e}`);
        const direction = Array.from({ length: n }, (_, i) => random.normal(i));
        // The fill of a stream and its single draws are the same numbers.
        const step = direction.map((v) => (v * 0.3 * Math.sqrt(squares(own))) / Math.sqrt(squares(direction)));
        const change = squares(f(own.map((v, i) => v + step[i]!)).map((v, i) => v - f(own)[i]!));
        raw.push(Math.log(change / squares(step)));
        relative.push(Math.log((change / squares(step)) * (squares(own) / squares(f(own)))));
      }
    }
    const found = await sensitivity(d, at, { ...request, size: 0.3 });
    const average = (v: readonly number[]): number => v.reduce((s, c) => s + c, 0) / v.length;
    expect(found.isotropic.raw).toBeCloseTo(average(raw), 9);
    expect(found.isotropic.relative).toBeCloseTo(average(relative), 9);
  });

  it("forwards and backwards is one number, the Jacobian's squared length", async () => {
    const net = { arch: "residual-mlp", depth: 4, width: 8, activation: "tanh", branch: "weight-act-weight", input: 5, classes: 3 };
    const x = normals(2, "x", [1, 5], 1, "float64");
    const { d, at } = subject(net, x);
    const { lnFrobenius } = await allSingularValues(jacobianOfExample(d, at), 2 ** -52);
    const found = await sensitivity(d, at, { ...request, directions: 400 });
    expect(Math.abs(found.lnForward - 2 * lnFrobenius!)).toBeLessThan(0.2);
    expect(Math.abs(found.lnBackward - 2 * lnFrobenius!)).toBeLessThan(0.2);
  });

  it("with batch norm reaches the other examples, and forwards and backwards agree all the same", async () => {
    const { d, at } = subject({ arch: "mlp", depth: 3, width: 8, norm: "batch" }, normals(2, "x", [6, 8], 1, "float64"));
    const found = await sensitivity(d, at, { ...request, directions: 100 });
    expect(found.mixes).toBe(true);
    expect(found.alone.others).toBeGreaterThan(-10);
    expect(Math.abs(found.lnForward - found.lnBackward)).toBeLessThan(0.3);
    expect(found.isotropic.raw).not.toBeCloseTo(found.alone.raw, 3);
  });
});
