import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { phasePage } from "../../src/report/phase-page.js";
import { defaultSigmaW2, evenly, phaseRecord, phaseTrials } from "../../src/study/phase-record.js";
import type { PhaseCell, PhaseRecord, PhaseRequest } from "../../src/study/phase-record.js";
import { phaseSentences, phaseText } from "../../src/report/phase-text.js";
import { columns } from "../../src/report/visible.js";
import { change } from "../../src/util/format.js";
import { activation } from "../../src/theory/activation.js";
import { slopeMoment, squareMoment } from "../../src/theory/moments.js";
import { localEngine } from "../../src/trial/engine.js";
import type { Engine } from "../../src/trial/engine.js";
import { runTrials } from "../../src/trial/run-trials.js";
import { Tape } from "../theory/simulate.js";

const REQUEST: PhaseRequest = { activation: "tanh", depth: 12, width: 40, seeds: 6, sigmaW2: [0.6, 2, 4], sigmaB2: [0.05, 0.3] };
let engine: Engine;
let record: PhaseRecord;
let relu: PhaseRecord;
beforeAll(async () => {
  engine = await localEngine();
  record = await phaseRecord(REQUEST, (specs) => runTrials(specs, { engine }));
  relu = await phaseRecord({ ...REQUEST, activation: "relu", sigmaW2: [1, 3], sigmaB2: [0, 1] }, (specs) => runTrials(specs, { engine }));
});
afterAll(() => engine.close());

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

  it("is told in 80 columns, the line where theory has it, doubt marked", () => {
    const text = phaseText(record);
    expect(Math.max(...text.split("\n").map(columns))).toBeLessThanOrEqual(80);
    const row = text.split("\n").find((l) => l.trimStart().startsWith("0.05"))!;
    // The line crosses at 1.76, between 0.6 and 2.
    expect(row).toMatch(/│ +-0\.\d\d\?? *┃ *[+-]/);
    const doubts = record.cells.filter((c) => c.side === "undecided").length;
    expect([...text.matchAll(/\.\d\d\?/g)]).toHaveLength(doubts);
    const wide = phaseText({
      ...record,
      sigmaW2: evenly([0.6, 4], 30),
      cells: record.cells.slice(0, 2).flatMap((c) => new Array<PhaseCell>(30).fill(c)),
    });
    expect(Math.max(...wide.split("\n").map(columns))).toBeLessThanOrEqual(80);
    expect(wide.replace(/\s+/g, " ")).toContain("every 3rd column is shown");
    expect(phaseSentences({ ...record, line: [] }).join(" ")).toContain("no critical line");
  });

  it("says where there is no number: a network that is dead altogether", () => {
    const dead: PhaseCell = {
      ...record.cells[0]!,
      side: "undecided",
      measured: { ...record.cells[0]!.measured, value: NaN, low: -Infinity, high: Infinity },
    };
    const broken = { ...record, cells: [dead, ...record.cells.slice(1)] };
    expect(phaseText(broken)).toMatch(/│ +–\?/);
    expect(
      /NaN|undefined/.exec(
        phasePage(broken)
          .replace(/<script>[^]*?<\/script>/, "")
          .replaceAll('NaN"', ""),
      ),
    ).toBeNull();
  });

  it("is drawn on a page with every number", () => {
    const html = phasePage(record);
    const wide = /<svg class="wide"[^]*?<\/svg>/.exec(html)![0];
    expect([...wide.matchAll(/class="field /g)]).toHaveLength(6);
    expect([...wide.matchAll(/class="doubt"/g)]).toHaveLength(record.cells.filter((c) => c.side === "undecided").length);
    for (const c of record.cells) expect(wide).toContain(`>${change(c.measured.value, "page")}</text>`);
    expect(wide).toMatch(/<path class="critical" d="M[\d.,L]+"/);
    expect(/<tbody>([^]*?)<\/tbody>/.exec(html)![1]!.match(/<tr/g)).toHaveLength(6);
    expect(/NaN|undefined|Infinity/.exec(html.replace(/<script>[^]*?<\/script>/, ""))).toBeNull();
    expect(phasePage({ ...record, line: [] })).not.toMatch(/<path class="critical" d="M\d+\.\d/);
  });
});
