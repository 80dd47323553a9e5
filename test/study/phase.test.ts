import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PhaseCell, PhaseRecord } from "../../src/study/phase-record.js";
import { defaultSigmaW2, evenly, phase, phaseTrials } from "../../src/study/phase.js";
import type { PhaseRequest } from "../../src/study/phase.js";
import { activation } from "../../src/theory/activation.js";
import { slopeMoment, squareMoment } from "../../src/theory/moments.js";
import { nodeRuntime } from "../../src/runtime/node.js";
import { localQueue } from "../../src/jobs/local-queue.js";
import type { Queue } from "../../src/jobs/queue.js";
import { Tape } from "../theory/simulate.js";

const REQUEST: PhaseRequest = { activation: "tanh", depth: 12, width: 40, seeds: 6, sigmaW2: [0.6, 2, 4], sigmaB2: [0.05, 0.3] };
let queue: Queue;
let record: PhaseRecord;
let relu: PhaseRecord;
beforeAll(async () => {
  queue = localQueue({ runtime: nodeRuntime({ threads: 1 }) });
  record = await phase(REQUEST, { queue });
  relu = await phase({ ...REQUEST, activation: "relu", sigmaW2: [1, 3], sigmaB2: [0, 1] }, { queue });
});
afterAll(() => queue.close());

const at = (w: number, b: number): PhaseCell => record.cells.find((c) => c.sigmaW2 === w && c.sigmaB2 === b)!;

/** The same numbers from a network written for tests alone: rows × features in plain loops. */
function simulated(sigmaW2: number, sigmaB2: number): { readonly mean: number; readonly error: number } {
  const { depth, width } = REQUEST;
  const rows = 16;
  const values = Array.from({ length: 12 }, (_, seed) => {
    const t = new Tape(100 + seed, rows);
    const layers = [t.input(width)];
    for (let l = 1; l <= depth; l++) layers.push(t.act(t.linear(layers[l - 1]!, sigmaW2, width, sigmaB2), Math.tanh, (x) => 1 - Math.tanh(x) ** 2));
    t.backward(layers[depth]!);
    const ln = (l: number): number => {
      const g = layers[l]!.g;
      let sum = 0;
      for (let r = 0; r < rows; r++) sum += Math.log(g.subarray(r * width, (r + 1) * width).reduce((s, v) => s + v * v, 0)) / rows;
      return sum;
    };
    return (ln(depth / 3) - ln(depth - 1)) / (depth - 1 - depth / 3);
  });
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / (values.length - 1);
  return { mean, error: Math.sqrt(variance / values.length) };
}

describe("a phase diagram", () => {
  it("has as many trials as points and seeds, each with its own variances", () => {
    const trials = phaseTrials(REQUEST);
    expect(trials).toHaveLength(36);
    expect(new Set(trials.map((t) => JSON.stringify(t))).size).toBe(36);
    expect(trials[6]!.net.init).toEqual({ scheme: "he", weightVariance: 2, biasVariance: 0.05 });
  });

  it.each([
    [0.6, 0.05],
    [2, 0.3],
    [4, 0.05],
  ])("measures what plain loops give, at σ_w² = %s, σ_b² = %s", (w, b) => {
    const { mean, error } = simulated(w, b);
    const { value, low, high } = at(w, b).measured;
    // Six seeds: the interval's half is more than four standard errors.
    expect(Math.abs(value - mean)).toBeLessThan((high - low) / 2 + 3 * error);
    expect(high - low).toBeLessThan(0.5);
  });

  it("stands to theory as it should: far from the line on its side, the recursion nowhere contradicted", () => {
    for (const b of REQUEST.sigmaB2) {
      expect(at(0.6, b)).toMatchObject({ side: "ordered", phase: "ordered" });
      expect(at(4, b).phase).toBe("chaotic");
      expect(at(4, b).measured.value).toBeGreaterThan(0);
    }
    expect(record.sides.other + record.held.different).toBe(0);
    expect(record.sides.same + record.sides.undecided).toBe(6);
    expect(record.deviation.largest).toBeLessThan(0.08);
    expect(record.level).toBeCloseTo(1 - 0.05 / 6, 12);
  });

  it("has a line on which χ₁ = 1 and the length is at rest", () => {
    const phi = activation("tanh");
    expect(record.line.length).toBeGreaterThan(20);
    for (const { sigmaW2, sigmaB2 } of record.line) {
      // On the line q solves q = σ_w²·V(q) + σ_b²; there σ_w²·E[φ′²] is 1.
      let q = 1;
      for (let i = 0; i < 4000; i++) q = sigmaW2 * squareMoment(phi, q) + sigmaB2;
      expect(sigmaW2 * slopeMoment(phi, q)).toBeCloseTo(1, 3);
    }
    const first = record.line.find((p) => p.sigmaB2 === 0.05)!;
    expect(first.sigmaW2).toBeCloseTo(1.761, 3);
    // For ReLU the gain depends on σ_w² alone: the line stands upright at 2.
    expect(new Set(relu.line.map((p) => Number(p.sigmaW2.toFixed(9))))).toEqual(new Set([2]));
    expect(relu.cells.map((c) => c.measured.value > 0)).toEqual([false, true, false, true]);
  });

  it("chooses a plane that shows the line of any activation", () => {
    expect(defaultSigmaW2("tanh", 10)).toEqual([0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5]);
    for (const name of ["relu", "sin", "gelu", "sigmoid", "erf", "selu"] as const) {
      const w = defaultSigmaW2(name, 10);
      const critical = name === "relu" ? 2 : { sin: 1.77, gelu: 1.96, sigmoid: 103.6, erf: 1.88, selu: 1.1 }[name];
      expect(w[0]! < critical && w[9]! > critical, name).toBe(true);
    }
    expect(defaultSigmaW2("softplus", 5)).toHaveLength(5);
    expect(evenly([0, 1], 5)).toEqual([0, 0.25, 0.5, 0.75, 1]);
  });
});
