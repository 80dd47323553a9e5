import { afterAll, describe, expect, it } from "vitest";
import { weightsOf } from "../../src/nn/build.js";
import { nodeRuntime } from "../../src/runtime/node.js";
import { smoothness } from "../../src/trial/measurements/smoothness.js";
import type { SmoothnessResult } from "../../src/trial/measurements/smoothness.js";
import { parseTrial } from "../../src/trial/spec.js";
import type { TrialRequest } from "../../src/trial/spec.js";
import { workbench } from "../../src/trial/workbench.js";
import { stream } from "../../src/util/random.js";

const runtime = nodeRuntime({ threads: 1, inThread: true });
const bench = workbench({ runtime, memoryLimit: 4e9 });
afterAll(async () => {
  await bench.close();
  await runtime.close();
});
const measured = async (request: TrialRequest): Promise<SmoothnessResult> =>
  smoothness.result.parse(JSON.parse(await bench.measure(parseTrial({ dtype: "float64", ...request }))));

const [WIDTH, N, SEED, STEPS, PROBES] = [4, 3, 6, 5, 2];
type Rows = readonly (readonly number[])[];

const inputs = (): number[][] => {
  const all = stream(SEED, "input/input").normals(new Float64Array(N * WIDTH));
  return Array.from({ length: N }, (_, e) => Array.from(all.subarray(e * WIDTH, (e + 1) * WIDTH)));
};
const weights = (net: TrialRequest["net"]): number[][] =>
  [...weightsOf({ ...net, seed: SEED, dtype: "float64" })(SEED).values()].map((t) => Array.from(t.data));
const affine = (x: readonly number[], w: readonly number[], b?: readonly number[]): number[] =>
  Array.from({ length: w.length / x.length }, (_, o) => (b?.[o] ?? 0) + x.reduce((s, v, i) => s + v * w[o * x.length + i]!, 0));

const norm = (rows: Rows): number => Math.sqrt(rows.flat().reduce((s, v) => s + v * v, 0));
const minus = (a: Rows, b: Rows): number[][] => a.map((r, e) => r.map((v, i) => v - b[e]![i]!));
const average = (v: readonly number[]): number => v.reduce((s, c) => s + c, 0) / v.length;

/** Everything by plain loops and central differences; `group` are the rows that are walked as one path. */
function naive(f: (x: Rows) => Rows, group: readonly (readonly number[])[]): Omit<NonNullable<SmoothnessResult["function"]>, "mixes" | "lnRegions"> {
  const x = inputs();
  const at = (i: number): number[][] => {
    const angle = ((i / STEPS) * Math.PI) / 2;
    return x.map((row, e) => row.map((v, c) => v * Math.cos(angle) + x[(e + 1) % N]![c]! * Math.sin(angle)));
  };
  const size = f(x)[0]!.length;
  const us = Array.from({ length: PROBES }, (_, k) => {
    const all = stream(SEED, `smoothness/${k}`).normals(new Float64Array(N * size));
    return Array.from({ length: N }, (_e, e) => Array.from(all.subarray(e * size, (e + 1) * size)));
  });
  const pulled = (p: Rows, u: Rows): number[][] =>
    p.map((row, e) =>
      row.map((_, c) => {
        const moved = (by: number): number => {
          const y = f(p.map((r, e2) => r.map((v, c2) => (e === e2 && c === c2 ? v + by : v))));
          return y.reduce((s, r, i) => s + r.reduce((t, v, j) => t + v * u[i]![j]!, 0), 0);
        };
        return (moved(1e-6) - moved(-1e-6)) / 2e-6;
      }),
    );
  const points = Array.from({ length: STEPS + 1 }, (_, i) => ({ x: at(i), f: f(at(i)), g: us.map((u) => pulled(at(i), u)) }));
  const only = (rows: Rows, of: readonly number[]): Rows => of.map((e) => rows[e]!);
  const found = group.map((of) => {
    const pairs = points.slice(1).map((to, i) => [points[i]!, to] as const);
    const squares = (list: readonly Rows[]): number => list.reduce((s, r) => s + norm(only(r, of)) ** 2, 0);
    const turn = squares(pairs.flatMap(([a, b]) => a.g.map((g, k) => minus(b.g[k]!, g))));
    const jac = squares(pairs.flatMap(([a, b]) => [...a.g, ...b.g])) / 2;
    const moves = squares(pairs.map(([a, b]) => minus(b.x, a.x)));
    const [xs, fs] = [squares(pairs.flatMap(([a, b]) => [a.x, b.x])) / 2 / STEPS, squares(pairs.flatMap(([a, b]) => [a.f, b.f])) / 2 / STEPS];
    const way = pairs.reduce((s, [a, b]) => s + norm(only(minus(b.f, a.f), of)), 0);
    const path = pairs.reduce((s, [a, b]) => s + norm(only(minus(b.x, a.x), of)), 0);
    return {
      lnJacobian: 0.5 * Math.log(turn / jac) - 0.5 * Math.log(moves / STEPS / xs),
      lnJacobianRaw: 0.5 * Math.log(turn / PROBES / moves),
      lnLength: Math.log(way / Math.sqrt(fs) / (path / Math.sqrt(xs))),
      lnLengthRaw: Math.log(way / path),
      lnGrowth: average(us.map((u, k) => 2 * Math.log(norm(only(points[0]!.g[k]!, of)) / norm(only(u, of))))),
    };
  });
  const over = (key: keyof (typeof found)[0]): number => average(found.map((r) => r[key]));
  return { lnJacobian: over("lnJacobian"), lnJacobianRaw: over("lnJacobianRaw"), lnLength: over("lnLength"), lnLengthRaw: over("lnLengthRaw"), lnGrowth: over("lnGrowth") }; // prettier-ignore
}

const trial = (net: TrialRequest["net"], measure: Readonly<Record<string, unknown>> = {}): TrialRequest => ({
  net,
  batch: { examples: N },
  measure: { name: "smoothness", steps: STEPS, probes: PROBES, ...measure },
  seed: SEED,
});

describe("the smoothness of the function, against differences of networks in plain loops", () => {
  it("residual tanh: every example on its own path", async () => {
    const net = { arch: "residual-mlp", depth: 3, width: WIDTH, activation: "tanh", branch: "weight-act", bias: false, classes: null };
    const w = weights(net);
    const f = (x: Rows): Rows => x.map((row) => w.reduce((h, m) => affine(h, m).map((v, i) => h[i]! + Math.tanh(v)), [...row]));
    const expected = naive(f, [[0], [1], [2]]);
    const { function: found } = await measured(trial(net));
    expect(found!.mixes).toBe(false);
    expect(found!.lnRegions).toBeNull();
    for (const [key, value] of Object.entries(expected)) expect(found![key as keyof typeof expected], key).toBeCloseTo(value, 5);
  });

  it("tanh with batch norm: the whole batch on one path", async () => {
    const net = { arch: "mlp", depth: 2, width: WIDTH, activation: "tanh", norm: "batch", classes: null };
    const w = weights(net).filter((v) => v.length === WIDTH * WIDTH);
    const normed = (rows: Rows): Rows => {
      const means = rows[0]!.map((_, c) => average(rows.map((r) => r[c]!)));
      const sds = means.map((m, c) => Math.sqrt(average(rows.map((r) => (r[c]! - m) ** 2)) + Math.fround(1e-5)));
      return rows.map((r) => r.map((v, c) => (v - means[c]!) / sds[c]!));
    };
    const f = (x: Rows): Rows => w.reduce<Rows>((h, m) => normed(h.map((row) => affine(row, m))).map((r) => r.map(Math.tanh)), x);
    const expected = naive(f, [[0, 1, 2]]);
    const { function: found } = await measured(trial(net));
    expect(found!.mixes).toBe(true);
    for (const [key, value] of Object.entries(expected)) expect(found![key as keyof typeof expected], key).toBeCloseTo(value, 3);
  });

  it("ReLU: units that change sign are counted", async () => {
    const net = { arch: "mlp", depth: 2, width: WIDTH, bias: false, classes: null };
    const w = weights(net);
    const taken = (x: readonly number[]): boolean[] => {
      const first = affine(x, w[0]!);
      return [...first, ...affine(first.map((v) => Math.max(0, v)), w[1]!)].map((v) => v > 0); // prettier-ignore
    };
    const x = inputs();
    const flips = x.map((row, e) => {
      const at = (i: number): number[] => row.map((v, c) => v * Math.cos((i / STEPS) * (Math.PI / 2)) + x[(e + 1) % N]![c]! * Math.sin((i / STEPS) * (Math.PI / 2))); // prettier-ignore
      const points = Array.from({ length: STEPS + 1 }, (_, i) => at(i));
      const count = points.slice(1).reduce((n, p, i) => n + taken(p).filter((s, u) => s !== taken(points[i]!)[u]).length, 0);
      const pairs = points.slice(1).map((p, i) => [points[i]!, p] as const);
      const path = pairs.reduce((s, [a, b]) => s + norm(minus([b], [a])), 0);
      return (count / path) * Math.sqrt(average(pairs.flatMap(([a, b]) => [norm([a]) ** 2, norm([b]) ** 2])));
    });
    const { function: found } = await measured(trial(net));
    expect(found!.lnRegions).toBeCloseTo(Math.log(average(flips)), 9);
  });

  it("of a linear network: a Jacobian that never turns", async () => {
    const net = { arch: "mlp", depth: 4, width: 6, activation: "identity", classes: null, init: { scheme: "orthogonal", weightVariance: 9 } };
    const { function: found, loss } = await measured(trial(net));
    // Σ over the same numbers in other orders differs by rounding.
    expect(found!.lnJacobian).toBeLessThan(-30);
    expect(found!.lnLength).toBeCloseTo(0, 9);
    expect(found!.lnLengthRaw).toBeCloseTo(4 * Math.log(3), 9);
    expect(found!.lnGrowth).toBeCloseTo(4 * Math.log(9), 9);
    expect(found!.lnRegions).toBeNull();
    expect(loss).toBeNull();
  });

  it("takes two examples", async () => {
    await expect(measured({ ...trial({ arch: "mlp", depth: 1, width: 4 }), batch: { examples: 1 } })).rejects.toThrow(/two examples/);
  });
});

describe("the smoothness of the loss", () => {
  it("is that of the Hessian and the gradient by differences of the loss in plain loops", async () => {
    const net = { arch: "mlp", depth: 1, width: WIDTH, activation: "tanh", classes: 3 };
    const start = weights(net);
    const sizes = start.map((w) => w.length);
    const flat = start.flat();
    const random = stream(SEED, "labels");
    const logits = (p: readonly number[], x: readonly number[]): number[] => {
      let offset = 0;
      const [w1, b1, w2, b2] = sizes.map((s) => p.slice(offset, (offset += s))) as [number[], number[], number[], number[]];
      return affine(affine(x, w1, b1).map(Math.tanh), w2, b2);
    };
    const all = inputs().flatMap((x) => logits(flat, x));
    const scale = 1 / Math.sqrt(average(all.map((v) => v * v)));
    const loss = (p: readonly number[]): number =>
      average(
        inputs().map((x, e) => {
          const z = logits(p, x).map((v) => v * scale);
          return Math.log(z.reduce((s, v) => s + Math.exp(v - z[Math.floor(random.uniform(e) * 3)]!), 0));
        }),
      );
    const moved = (by: ReadonlyMap<number, number>): number => loss(flat.map((v, i) => v + (by.get(i) ?? 0)));
    const gradient = (p: readonly number[]): number[] => p.map((_, i) => (loss(p.map((v, j) => (i === j ? v + 1e-5 : v))) - loss(p.map((v, j) => (i === j ? v - 1e-5 : v)))) / 2e-5); // prettier-ignore
    const h = 1e-3;
    const hessian = flat.map((_, i) =>
      flat.map(
        (_v, j) =>
        i === j
          ? (moved(new Map([[i, h]])) + moved(new Map([[i, -h]])) - 2 * loss(flat)) / h ** 2
          : [1, -1].reduce((s, a) => s + a * (moved(new Map([[i, h], [j, a * h]])) - moved(new Map([[i, -h], [j, a * h]]))), 0) / (4 * h * h), // prettier-ignore
      ),
    );
    // The largest eigenvalue by power iteration, shifted to be the largest in magnitude.
    const shift = Math.max(...hessian.map((row) => row.reduce((s, v) => s + Math.abs(v), 0)));
    let v = flat.map((_, i) => Math.sin(1 + i));
    let size = 0;
    for (let k = 0; k < 3000; k++) {
      const next = hessian.map((row, i) => row.reduce((s, a, j) => s + a * v[j]!, 0) + shift * v[i]!);
      size = norm([next]);
      v = next.map((c) => c / size);
    }
    const g = gradient(flat);
    const length = 0.01 * norm([flat]);
    const after = gradient(flat.map((p, i) => p + (g[i]! * length) / norm([g])));

    const { loss: found, function: along } = await measured(trial(net, { of: "both" }));
    expect(found!.loss).toBeCloseTo(loss(flat), 9);
    expect(found!.lnGradient).toBeCloseTo(Math.log(norm([g])), 6);
    expect(found!.lnCurvature).toBeCloseTo(Math.log(size - shift), 2);
    expect(found!.lnLipschitz).toBeCloseTo(Math.log(norm(minus([after], [g])) / length), 4);
    expect(along!.lnLength).not.toBeNaN();
    const single = await measured({ ...trial(net, { of: "loss" }), dtype: "float32" });
    expect(single.function).toBeNull();
    expect(single.loss!.lnCurvature).toBeCloseTo(found!.lnCurvature, 2);
    expect(single.loss!.lnLipschitz).toBeCloseTo(found!.lnLipschitz, 2);
  });

  it("needs logits", async () => {
    const net = { arch: "plain-conv", depth: 1, width: 2, input: [1, 4, 4], classes: null };
    await expect(measured(trial(net, { of: "loss" }))).rejects.toThrow(/row of logits/);
  });
});
