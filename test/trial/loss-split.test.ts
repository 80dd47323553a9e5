import { afterAll, describe, expect, it } from "vitest";
import { weightsOf } from "../../src/nn/build.js";
import { nodeRuntime } from "../../src/runtime/node.js";
import { lossSplit } from "../../src/trial/measurements/loss-split.js";
import type { LossLevel, LossSplitResult } from "../../src/trial/measurements/loss-split.js";
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
const measured = async (request: TrialRequest): Promise<LossSplitResult> =>
  lossSplit.result.parse(JSON.parse(await bench.measure(parseTrial({ dtype: "float64", ...request }))));

const [DEPTH, WIDTH, K, N, SEED] = [3, 5, 4, 6, 9];
const net = { arch: "mlp", depth: DEPTH, width: WIDTH, classes: K, activation: "tanh", init: { scheme: "he", biasVariance: 0.1 } };

/** The network in plain loops, and everything of it that was drawn. */
const weights = [...weightsOf({ ...net, seed: SEED, dtype: "float64" })(SEED).values()].map((t) => Array.from(t.data));
const inputs = Array.from(stream(SEED, "input/input").normals(new Float64Array(N * WIDTH)));
const examples = Array.from({ length: N }, (_, e) => inputs.slice(e * WIDTH, (e + 1) * WIDTH));
const random = stream(SEED, "labels");
const labels = examples.map((_, e) => Math.floor(random.uniform(e) * K));

const affine = (x: readonly number[], w: readonly number[], b: readonly number[]): number[] =>
  b.map((c, o) => c + x.reduce((s, v, i) => s + v * w[o * x.length + i]!, 0));
function forward(x: readonly number[]): { readonly trunk: number[]; readonly logits: number[] } {
  let h = [...x];
  for (let l = 0; l < DEPTH; l++) h = affine(h, weights[2 * l]!, weights[2 * l + 1]!).map(Math.tanh);
  return { trunk: h, logits: affine(h, weights[2 * DEPTH]!, weights[2 * DEPTH + 1]!) };
}
const rms = Math.sqrt(examples.flatMap((x) => forward(x).logits).reduce((s, v, _, a) => s + (v * v) / a.length, 0));
const crossEntropy = (z: readonly number[], label: number): number => Math.log(z.reduce((s, v) => s + Math.exp(v - z[label]!), 0));
const squareOfGradient = (f: (x: number[]) => number, x: readonly number[]): number =>
  x.reduce((s, _, i) => {
    const at = (by: number): number => f(x.map((v, j) => (i === j ? v + by : v)));
    return s + ((at(1e-5) - at(-1e-5)) / 2e-5) ** 2;
  }, 0);
const average = (values: readonly number[]): number => values.reduce((s, v) => s + v, 0) / values.length;

/** What a level must be, by central differences of a loss of (logits, example). */
function naive(
  loss: (z: readonly number[], e: number) => number,
  logits: (z: readonly number[], e: number) => number[],
): Omit<LossLevel, "level"> & { readonly isotropic: number } {
  const rows = examples.map((x, e) => {
    const z = logits(forward(x).logits, e);
    const atLogits = squareOfGradient((v) => loss(v, e), z);
    const atInput = squareOfGradient((v) => loss(logits(forward(v).logits, e), e), x);
    const head = (h: readonly number[]): number[] => affine(h, weights[2 * DEPTH]!, weights[2 * DEPTH + 1]!);
    const atTrunk = squareOfGradient((v) => loss(logits(head(v), e), e), forward(x).trunk);
    const whole = z.reduce((s, _, k) => s + squareOfGradient((v) => logits(forward(v).logits, e)[k]!, x), 0);
    return { l: loss(z, e), atLogits, atInput, atTrunk, whole };
  });
  const [d, g, gain] = [rows.map((r) => r.atLogits), rows.map((r) => r.atInput), rows.map((r) => r.atInput / r.atLogits)];
  const covariance = average(d.map((v, e) => (v - average(d)) * (gain[e]! - average(gain))));
  return {
    loss: average(rows.map((r) => r.l)),
    lnInput: Math.log(average(g)),
    lnLogits: Math.log(average(d)),
    lnJacobian: Math.log(average(gain)),
    lnCovariance: Math.log1p(covariance / (average(d) * average(gain))),
    lnGrowth: average(rows.map((r) => Math.log(r.atInput / r.atTrunk))),
    lowest: null,
    highest: null,
    isotropic: average(rows.map((r) => Math.log(r.whole / K))),
  };
}

function compare(found: LossLevel, expected: Omit<LossLevel, "level">): void {
  for (const key of ["loss", "lnInput", "lnLogits", "lnJacobian", "lnCovariance", "lnGrowth"] as const)
    expect(found[key], key).toBeCloseTo(expected[key]!, 5);
}

describe("the split of a loss's gradient, against differences of a network in plain loops", () => {
  const trial = (measure: Readonly<Record<string, unknown>>): TrialRequest => ({
    net,
    batch: { examples: N },
    measure: { name: "loss-split", ...measure },
    seed: SEED,
  });

  it("cross-entropy at several margins, in units of the logits", async () => {
    const levels = [-3, 0, 2.5];
    const result = await measured(trial({ levels }));
    levels.forEach((margin, i) => {
      const expected = naive(
        (z, e) => crossEntropy(z, labels[e]!),
        (z, e) => z.map((v, k) => v / rms + (labels[e] === k ? margin : 0)),
      );
      compare(result.levels[i]!, expected);
      expect(result.lnIsotropic).toBeCloseTo(expected.isotropic, 6);
    });
  });

  it("cross-entropy at several temperatures", async () => {
    const levels = [0.25, 4];
    const result = await measured(trial({ by: "temperature", levels, unit: false }));
    levels.forEach((temperature, i) => compare(result.levels[i]!, naive((z, e) => crossEntropy(z, labels[e]!), (z) => z.map((v) => v / temperature)))); // prettier-ignore
  });

  it("mean squares at several distances", async () => {
    const levels = [0.5, 20];
    const result = await measured(trial({ loss: "mse", levels, unit: false }));
    levels.forEach((distance, i) => {
      const target = (e: number, k: number): number => forward(examples[e]!).logits[k]! + distance * random.normal(e * K + k);
      compare(result.levels[i]!, naive((z, e) => average(z.map((v, k) => (v - target(e, k)) ** 2)), (z) => [...z])); // prettier-ignore
      // ‖∂/∂z‖ = 2·√(loss/K), whatever the loss.
      for (const ratio of [result.levels[i]!.lowest!, result.levels[i]!.highest!]) expect(ratio).toBeCloseTo(2 / Math.sqrt(K), 10);
    });
  });

  it("adds up exactly, and keeps the gradient at the logits between √(K/(K−1)) and √2 times 1 − e^−loss", async () => {
    const levels = [-20, -5, -1, 0, 1, 5, 12];
    for (const by of ["margin", "temperature"]) {
      const result = await measured(trial({ by, levels: by === "margin" ? levels : [0.05, 1, 50] }));
      for (const l of result.levels) {
        expect(l.lnLogits + l.lnJacobian + l.lnCovariance).toBeCloseTo(l.lnInput, 10);
        expect(l.lowest!).toBeGreaterThan(Math.sqrt(K / (K - 1)) - 1e-6);
        expect(l.highest!).toBeLessThan(Math.SQRT2 + 1e-6);
      }
    }
  });

  it("refuses what has no sense, by name", async () => {
    await expect(measured(trial({ loss: "mse", by: "margin" }))).rejects.toThrow(/mse has no margin.*distance/);
    await expect(measured({ ...trial({}), net: { ...net, norm: "batch" } })).rejects.toThrow(/mixes the examples.*batch norm/i);
    await expect(measured({ ...trial({}), net: { arch: "plain-conv", depth: 2, width: 3, input: [1, 4, 4], classes: null } })).rejects.toThrow(
      /classes|row of logits/,
    );
    expect(() => parseTrial(trial({ los: "mse" }))).toThrow(/loss/);
  });
});
