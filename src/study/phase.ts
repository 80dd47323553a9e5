import { besideLaw } from "../claims/shared/evidence-rows.js";
import { activationOf } from "../theory/activation.js";
import type { Activation } from "../theory/activation.js";
import { laws } from "../theory/laws.js";
import { criticalPoints, phaseDiagram } from "../theory/phase.js";
import type { Phase } from "../theory/phase.js";
import type { Activation as NamedActivation } from "../nn/layers/activation.js";
import { profile } from "../trial/measurements/profile.js";
import type { ProfileResult } from "../trial/measurements/profile.js";
import { resultsOf, runTrials } from "../jobs/run-trials.js";
import type { RunOptions } from "../jobs/run-trials.js";
import type { TrialRequest } from "../trial/spec.js";
import { IsogradError } from "../util/errors.js";
import { slopeMoment } from "../theory/moments.js";
import { mean } from "../math/statistics.js";
import { marginOf } from "../math/equivalence.js";
import { estimate, simultaneousLevel } from "../math/estimate.js";
import { requireQueue } from "./given.js";
import { ascending, elsewhere, needed, requireOptions, wholeFrom } from "./option-fields.js";
import type { OptionFields } from "./option-fields.js";
import { RUN_FIELDS } from "./run-fields.js";
import type { PhaseCell, PhaseRecord } from "./phase-record.js";

/** What to measure. */
export interface PhaseRequest {
  readonly activation: NamedActivation;
  /** Layers of every network; the gain is measured over the last two thirds. */
  readonly depth: number;
  /** Units in each layer. */
  readonly width: number;
  /** Networks at every point. */
  readonly seeds: number;
  /** σ_w², the weights' variance times the width, ascending. */
  readonly sigmaW2: readonly number[];
  /** σ_b², the biases' variance, ascending. */
  readonly sigmaB2: readonly number[];
}

/** Fewer layers have no last two thirds to speak of. */
export const LEAST_DEPTH = 6;

const FIELDS: OptionFields<PhaseRequest> = {
  activation: needed(elsewhere),
  depth: needed(wholeFrom(LEAST_DEPTH)),
  width: needed(wholeFrom(1)),
  seeds: needed(wholeFrom(2)),
  sigmaW2: needed(ascending),
  sigmaB2: needed(ascending),
};

/** Examples of a batch: each has a cotangent of its own, so that their mean logarithm is known the better. */
const EXAMPLES = 16;
/** Points of the line. */
const FINE = 48;

/** Returns the trials of a diagram: for every cell as many as there are seeds. */
export function phaseTrials({ activation, depth, width, seeds, sigmaW2, sigmaB2 }: PhaseRequest): readonly TrialRequest[] {
  return sigmaB2.flatMap((biasVariance) =>
    sigmaW2.flatMap((weightVariance) =>
      Array.from({ length: seeds }, (_, seed) => ({
        net: { arch: "mlp", activation, depth, width, classes: null, init: { scheme: "he", weightVariance, biasVariance } },
        batch: { examples: EXAMPLES },
        measure: "profile",
        seed,
        dtype: "float64" as const,
      })),
    ),
  );
}

/**
 * Measures the gain of the squared gradient per layer over a grid of σ_w² and σ_b², and compares it with theory. Errors: those of `runTrials`.
 */
export async function phase(request: PhaseRequest, options: RunOptions): Promise<PhaseRecord> {
  requireQueue(options.queue, "phase");
  requireOptions("phase", request, FIELDS);
  requireOptions("phase", options, RUN_FIELDS);
  const { depth, width, seeds, sigmaW2, sigmaB2 } = request;
  const phi = activationOf(request.activation);
  const results = resultsOf(profile, await runTrials(phaseTrials(request), options));
  const comparisons = sigmaW2.length * sigmaB2.length;
  const first = Math.floor(depth / 3);
  const theory = phaseDiagram(phi, sigmaW2, sigmaB2).flat();
  const cells = theory.map((t, i): PhaseCell => {
    const values = results.slice(i * seeds, (i + 1) * seeds).map((p) => gainOf(p, depth, first));
    const measured = estimate(values, { comparisons });
    const law = besideLaw(measured, lawOf(phi, t, { depth, width, first }))!;
    const side = measured.high < 0 ? "ordered" : measured.low > 0 ? "chaotic" : "undecided";
    return { sigmaW2: t.sigmaW2, sigmaB2: t.sigmaB2, measured, law, chi1: t.chi1, phase: t.phase, side };
  });
  const expected = (c: PhaseCell): PhaseCell["side"] => (c.chi1 === null || c.chi1 === 1 ? "undecided" : c.chi1 < 1 ? "ordered" : "chaotic");
  const count = (test: (c: PhaseCell) => boolean): number => cells.filter(test).length;
  const deviations = cells.map((c) => Math.abs(c.measured.value - c.law.value)).filter(Number.isFinite);
  const undecided = (c: PhaseCell): boolean => c.side === "undecided" || expected(c) === "undecided";
  return {
    schema: "isograd/phase/1",
    activation: phi.name,
    depth,
    width,
    seeds,
    level: simultaneousLevel(comparisons),
    sigmaW2,
    sigmaB2,
    cells,
    line: lineOf(phi, sigmaW2, sigmaB2),
    sides: {
      same: count((c) => !undecided(c) && c.side === expected(c)),
      other: count((c) => !undecided(c) && c.side !== expected(c)),
      undecided: count(undecided),
    },
    held: {
      equal: count((c) => c.law.held === "equal"),
      different: count((c) => c.law.held === "different"),
      undecided: count((c) => c.law.held === "undecided"),
    },
    deviation: { mean: mean(deviations), largest: Math.max(0, ...deviations) },
    assumptions: [
      "fully connected, at initialisation: weights of variance σ_w²/n, biases of variance σ_b²",
      "inputs from N(0, 1)",
      "the line is that of the wide limit, where lengths have come to rest",
    ],
    source: "Poole et al. 2016; Schoenholz et al. 2017",
  };
}

/** Returns ln of the factor on the squared gradient per layer from behind layer `first` to behind the last but one: the last is the network's head. */
function gainOf({ lnGradientByExample: ln, body }: ProfileResult, depth: number, first: number): number {
  // The body begins behind layer 1: its l-th boundary is behind layer l + 1.
  if (body.length !== depth - 1) throw new IsogradError("internal/bug", `a plain network of ${depth} layers shows ${body.length} boundaries`);
  return (2 * (ln[body[first - 1]!]! - ln[body[depth - 2]!]!)) / (depth - 1 - first);
}

/** Returns the recursion's mean for the same layers: that of all of them less that of the first. */
function lawOf(
  phi: Activation,
  { sigmaW2, sigmaB2 }: Phase,
  { depth, width, first }: { readonly depth: number; readonly width: number; readonly first: number },
): { readonly value: number; readonly margin: number; readonly source: string } {
  const [all, head] = [depth - 1, first].map((d) => laws.plain({ phi, sigmaW2, sigmaB2, depth: d, width })) as [
    ReturnType<typeof laws.plain>,
    ReturnType<typeof laws.plain>,
  ];
  const layers = depth - 1 - first;
  const lnRate = (all.lnExpected - head.lnExpected) / layers;
  return { value: (all.meanLn - head.meanLn) / layers, margin: marginOf({ layers, lnRate, band: all.band }) / layers, source: all.source };
}

/** Returns the line χ₁ = 1 inside the plane: where lengths come to rest, or anywhere for a homogeneous φ, whose gain depends on σ_w² alone. */
function lineOf(phi: Activation, sigmaW2: readonly number[], sigmaB2: readonly number[]): PhaseRecord["line"] {
  const half = (values: readonly number[]): number => (values[values.length - 1]! - values[0]!) / (2 * Math.max(1, values.length - 1));
  const [low, high] = [sigmaB2[0]!, sigmaB2[sigmaB2.length - 1]! + half(sigmaB2)];
  const inside = (w: number): boolean => w >= sigmaW2[0]! - half(sigmaW2) && w <= sigmaW2[sigmaW2.length - 1]! + half(sigmaW2);
  // Near σ_b² = 0 the line is steep.
  const rows = new Set([...sigmaB2, ...Array.from({ length: FINE + 1 }, (_, i) => low + (high - low) * (i / FINE) ** 2)]);
  const at = (b: number): readonly number[] => (phi.homogeneous ? [1 / slopeMoment(phi, 1)] : attracting(phi, b));
  return [...rows].sort((a, b) => a - b).flatMap((b) => at(b).flatMap((w) => (inside(w) ? [{ sigmaW2: w, sigmaB2: b }] : [])));
}

/** Returns values of σ_w² around an activation's critical line for σ_b² from 0 to 1, in round steps. */
export function defaultSigmaW2(named: NamedActivation, count: number): readonly number[] {
  const phi = activationOf(named);
  const found = phi.homogeneous ? [1 / slopeMoment(phi, 1)] : [0, 0.25, 0.5, 0.75, 1].flatMap((b) => attracting(phi, b));
  const [least, most] = found.length === 0 ? [1, 3.2] : [Math.min(...found), Math.max(...found)];
  const low = Number((0.5 * least).toPrecision(1));
  const raw = (1.25 * most - low) / (count - 1);
  const base = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].map((k) => k * base).find((v) => v >= raw * (1 - 1e-9))!;
  return evenly([low, low + step * (count - 1)], count);
}

/** Returns σ_w² of the critical points at which lengths come to rest. */
const attracting = (phi: Activation, sigmaB2: number): readonly number[] =>
  criticalPoints(phi, sigmaB2)
    .filter((p) => p.attracting)
    .map((p) => p.sigmaW2);

/** Returns evenly spaced numbers from `low` to `high`. */
export const evenly = ([low, high]: readonly [number, number], count: number): readonly number[] =>
  count === 1 ? [low] : Array.from({ length: count }, (_, i) => Number((low + ((high - low) * i) / (count - 1)).toPrecision(6)));
