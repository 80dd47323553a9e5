import { expect } from "vitest";
import type { Claim } from "../../src/claims/claim.js";
import { CLAIMS } from "../../src/claims/index.js";
import { QUICK } from "../../src/claims/shared/budgets.js";
import { keptLaws, verdicts } from "./synthetic.js";
import type { TruthCase } from "./truths.js";

// The lean form of tools/claims-study.mjs, whose many rounds are in docs/claims-calibration.md.
const ROUNDS = 20;
/** Of 20 rounds at a rate of 5 % more than 4 fall in 1 of 390 cases, at the rates found in none. */
export const MOST_FALSE = 4;
/** Power found with many rounds is mostly .9 and more; at .9 fewer than 14 of 20 fall in 1 of 400 cases. */
const LEAST_FOUND = 14;

const at = { size: QUICK, rounds: ROUNDS, comparisons: CLAIMS.length, laws: keptLaws() };

/** How often each verdict falls where this is true. */
export const countsOf = (claim: Claim, truth: TruthCase): Readonly<Record<string, number>> => verdicts(claim, truth.world(QUICK), at);

/** How many of them are false. */
export const falseOf = (counts: Readonly<Record<string, number>>, truth: TruthCase): number =>
  Object.entries(counts).reduce((n, [v, k]) => (v === "UNDECIDED" || (truth.right as readonly string[]).includes(v) ? n : n + k), 0);

/** Fails where a claim's rule says what is false more often than chance has it, or does not find what is there. */
export function expectCalibrated(claim: Claim, truths: readonly TruthCase[]): void {
  for (const truth of truths) {
    const counts = countsOf(claim, truth);
    const seen = `${truth.name}: ${JSON.stringify(counts)}`;
    expect(falseOf(counts, truth), seen).toBeLessThanOrEqual(MOST_FALSE);
    if (truth.wanted) expect(counts[truth.wanted] ?? 0, seen).toBeGreaterThanOrEqual(LEAST_FOUND);
  }
}
