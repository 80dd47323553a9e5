import type { ClaimVerdict, EvidenceRow } from "../../src/claims/claim.js";
import type { Factors } from "../../src/claims/shared/factors.js";
import { label } from "../../src/claims/shared/label.js";
import { logarithmOf, numberOf } from "../../src/claims/shared/quantity.js";
import type { NamedQuantity } from "../../src/claims/shared/quantity.js";
import type { ClaimRecord, ClaimsRecord } from "../../src/study/claims-record.js";
import type { PhaseCell, PhaseRecord } from "../../src/study/phase-record.js";

// Records of claims that nobody made, by simple formulas: every kind of picture, and what is hostile to a page.

const GROWTH = logarithmOf("squared gradient, input over output");

export const RATE = logarithmOf("growth of the squared gradient per block", "growth of that logarithm per block");
const CHANGE = numberOf("change of the product");

interface Made {
  /** An arm by its factors, or what a row is about in words of its own. */
  readonly arm: Factors | string;
  readonly value: number;
  readonly role?: EvidenceRow["role"];
  readonly depth?: number | null;
  readonly x?: EvidenceRow["x"];
  readonly half?: number;
  readonly law?: number;
}

export const evidenceRow = (
  { what, kind, of }: NamedQuantity,
  { arm, value, role = "test", depth = null, x, half = 0.05 * Math.abs(value) + 0.02, law }: Made,
): EvidenceRow => ({
  what,
  quantity: { kind, of },
  ...(typeof arm === "string" ? { arm } : { arm: label(arm), factors: arm }),
  role,
  depth,
  ...(x ? { x } : {}),
  measured: { value, low: value - half, high: value + half, seeds: 24, level: 1 - 0.05 / 26, method: "student" },
  law: law === undefined ? null : { value: law, margin: 0.1 + 0.02 * Math.abs(law), held: "equal", source: "a formula" },
});

const claim = (id: string, verdict: ClaimVerdict, figures: readonly EvidenceRow[], more: Partial<ClaimRecord["evidence"]> = {}): ClaimRecord => ({
  id,
  sentence: `What is said of ${id}.`,
  from: "a reply of the thread",
  verdict,
  evidence: {
    summary: "The squared gradient grows ×3.1e12, as (1 + g)^L at σ_w² = 4 has it, b = -1.",
    figures,
    picture: null,
    trials: 24 * figures.length,
    experiment: "Networks with a skip and without.",
    rule: "SUPPORTED: it grows by more than 5 % a block. REFUTED: it does not.",
    assumptions: ["at initialisation", "ReLU, He weights"],
    source: "somebody 2017",
    missing: null,
    ...more,
  },
  command: `npx isograd claims ${id} --quick`,
});

const DEPTHS = [10, 20, 40];
const overDepth = (arm: Factors | string, rate: number, more: Partial<Made> = {}): EvidenceRow[] =>
  DEPTHS.map((depth) => evidenceRow(GROWTH, { arm, value: rate * depth + 0.03, depth, law: rate * depth, ...more }));

/** Two lines over the depth, and rates that the picture leaves out. */
export const lines: ClaimRecord = claim("skip-stops-explosion", "REFUTED", [
  ...overDepth({ skip: true }, 0.69),
  ...overDepth({ skip: false }, -0.01, { role: "control" }),
  evidenceRow(RATE, { arm: { skip: true }, value: 0.68 }),
]);

const scaled = claim("scaled-branch", "SUPPORTED", [
  ...overDepth({ skip: true }, 0.69, { role: "control" }),
  ...overDepth({ skip: true, branchScale: "1/sqrt(L)" }, 0.025),
  ...overDepth({ skip: true, branchScale: 0 }, 0),
]);

const norms = claim("normalisation-not-skips", "CONDITIONAL", [
  ...overDepth({ skip: false }, -0.01, { role: "control" }),
  ...overDepth({ norm: "batch" }, 0.4),
  ...overDepth({ skip: true, norm: "batch" }, 0.12),
]);

/** Twelve arms: more than fit into one chart. */
export const swept: ClaimRecord = claim(
  "highway-mitigates",
  "CONDITIONAL",
  [0.25, 1, 4, 20].flatMap((chi) => [
    ...[-1, -3].flatMap((b) => overDepth({ network: "highway", chi, gateBias: b }, 0.1 * Math.log(chi) * -b - 0.3)),
    ...overDepth({ network: "chain", chi }, Math.log(chi), { role: "control" }),
  ]),
  { missing: "training on real digits" },
);

/** Every arm has one point, on an axis of its own. */
export const ownAxis: ClaimRecord = claim(
  "near-zero-weights",
  "CONDITIONAL",
  [64, 256, 1024].flatMap((n) =>
    [0.001, 0.01, 0.1].flatMap((s) =>
      ["plain", "skip"].map((kind) => {
        const spread = n * s * s;
        const law = kind === "plain" ? Math.log(spread / 2) : Math.log1p(spread / 2);
        const x = { axis: "n·s²", value: spread };
        return evidenceRow(logarithmOf("mean square of the activations per layer"), {
          arm: { network: "chain", skip: kind === "skip", weightDeviation: s, width: n },
          value: law,
          depth: 8,
          x,
          law,
        });
      }),
    ),
  ),
);

/** One number for each arm. */
export const rows: ClaimRecord = claim("one-large-layer", "REFUTED", [
  evidenceRow(CHANGE, { arm: "the .9 past 1", value: 0.00011, half: 0.00001, depth: 3 }),
  evidenceRow(CHANGE, {
    arm: "shared with the .001, which is a long name for an arm of a chart",
    value: 0.9,
    half: 0.1,
    depth: 3,
    law: 0.95,
  }),
  evidenceRow(CHANGE, { arm: "none", value: 0.0002, half: 0, depth: 3, role: "control" }),
]);

/** Many curves that end at the same place, and some that are not finite. */
const crowded = claim("copied-gradient", "SUPPORTED", [
  ...[0.01, 0.05, 0.25, 1, 1.5, 2, 4].flatMap((g) =>
    DEPTHS.map((depth) => evidenceRow(GROWTH, { arm: { skip: true, gain: g }, value: depth * 0.001 * g, depth, half: g === 4 ? Infinity : 0.01 })),
  ),
  evidenceRow(GROWTH, { arm: { skip: true, gain: 9 }, value: NaN, half: NaN, depth: 10 }),
  evidenceRow(GROWTH, { arm: { skip: true, gain: 9 }, value: -Infinity, half: 0, depth: 20 }),
]);

const pending: ClaimRecord = {
  ...claim("shattering", "PENDING", [], { rule: null, source: null, assumptions: [], summary: "Not measured: correlation of gradients." }),
};

export const HOSTILE = `<script>alert("1")</script>`;
const hostile = claim("perturbation", "UNDECIDED", [...overDepth(`${HOSTILE} & "quotes"`, 0.2), ...overDepth("\u202eright to left", -0.2)]);

export const claims: ClaimsRecord = {
  schema: "isograd/claims/1",
  size: { name: "quick", seeds: 24, depths: DEPTHS, width: 128 },
  panel: 26,
  level: 1 - 0.05 / 26,
  claims: [lines, scaled, norms, swept, ownAxis, rows, crowded, pending, hostile],
  answer: "A bare skip turns a growth of g^L into (1 + g)^L. What stops it is a branch that is small against the trunk.",
  command: "npx isograd claims --quick",
};

const sigmaW2 = Array.from({ length: 10 }, (_, i) => 0.5 + 0.5 * i);
const sigmaB2 = Array.from({ length: 9 }, (_, i) => i / 8);

/** A phase diagram by a formula, its line a parabola. */
export const diagram: PhaseRecord = {
  schema: "isograd/phase/1",
  activation: "tanh",
  depth: 30,
  width: 128,
  seeds: 16,
  level: 1 - 0.05 / 90,
  sigmaW2,
  sigmaB2,
  cells: sigmaB2.flatMap((b) =>
    sigmaW2.map((w): PhaseCell => {
      const value = Math.log(w / (1 + 2 * Math.sqrt(b)));
      const side = Math.abs(value) < 0.1 ? "undecided" : value > 0 ? "chaotic" : "ordered";
      return {
        sigmaW2: w,
        sigmaB2: b,
        measured: { value, low: value - 0.1, high: value + 0.1, seeds: 16, level: 1 - 0.05 / 90, method: "student" },
        law: { value, margin: 0.01, held: "undecided", source: "a formula" },
        chi1: Math.exp(value),
        phase: value > 0 ? "chaotic" : "ordered",
        side,
      };
    }),
  ),
  line: Array.from({ length: 30 }, (_, i) => ({ sigmaW2: 1 + 2 * Math.sqrt(i / 29), sigmaB2: i / 29 })),
  sides: { same: 80, other: 0, undecided: 10 },
  held: { equal: 0, different: 0, undecided: 90 },
  deviation: { mean: 0.004, largest: 0.02 },
  assumptions: ["at initialisation"],
  source: "somebody 2017",
  command: "npx isograd phase",
};
