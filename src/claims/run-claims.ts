import { laws as ourLaws } from "../theory/laws.js";
import type { Laws } from "../theory/laws.js";
import type { MeasurementKind } from "../trial/measurement.js";
import { resultsOf } from "../jobs/run-trials.js";
import type { Outcome } from "../jobs/run-trials.js";
import { keyOf, parseTrial } from "../trial/spec.js";
import type { TrialRequest } from "../trial/spec.js";
import { IsogradError } from "../util/errors.js";
import { isPending } from "./claim.js";
import type { AnyClaim, Arm, Budget, Claim, Judgement, Results } from "./claim.js";
import { CLAIMS } from "./index.js";

/** A claim with its verdict. */
export interface JudgedClaim {
  readonly claim: AnyClaim;
  readonly judgement: Judgement;
  /** What was measured; empty for a claim that is pending. */
  readonly arms: readonly Arm[];
}

/** How to run claims. */
export interface ClaimsRun {
  readonly budget: Budget;
  /** Runs trials and tells every outcome as it comes in: `runTrials` on some queue and store. */
  readonly run: (specs: readonly TrialRequest[], onResult: (outcome: Outcome) => void) => Promise<readonly Outcome[]>;
  /** What measurements are compared with (default: ours). */
  readonly laws?: Laws;
  /** Run the sabotaged arms in place of the real ones. */
  readonly sabotaged?: boolean;
  /** m, how many claims are judged together: by default all that there are, whichever of them are run, so that a claim's verdict is the same alone. */
  readonly comparisons?: number;
  /** Called with every claim as soon as its last trial is in. */
  readonly onVerdict?: (judged: JudgedClaim) => void;
}

/**
 * Measures the trials of the claims, those that claims share once, and judges each claim when its last trial is in. The verdicts are in the order of the
 * claims. Errors: as of `runTrials`.
 */
export async function runClaims(claims: readonly AnyClaim[], request: ClaimsRun): Promise<readonly JudgedClaim[]> {
  const { budget, run, laws = ourLaws, sabotaged = false, comparisons = CLAIMS.length, onVerdict } = request;
  const judged = new Map<AnyClaim, JudgedClaim>();
  const tell = (j: JudgedClaim): void => {
    judged.set(j.claim, j);
    onVerdict?.(j);
  };
  const waiting: WaitingClaim[] = [];
  for (const claim of claims) {
    if (isPending(claim))
      tell({ claim, arms: [], judgement: { verdict: "PENDING", evidence: [], sentence: `Not measured: ${claim.pending}.`, row: null } });
    else waiting.push(await waitingFor(claim, sabotaged ? claim.sabotage(budget) : claim.trials(budget)));
  }
  const outcomes = new Map<string, Outcome>();
  const settle = (o: Outcome): void => {
    outcomes.set(o.key, o);
    for (const c of waiting) {
      if (!c.missing.delete(o.key) || c.missing.size > 0) continue;
      tell({ claim: c.claim, arms: c.arms, judgement: c.claim.judge(resultsFrom(c, budget, outcomes), { comparisons, laws }) });
    }
  };
  await run(
    waiting.flatMap((c) => c.arms.flatMap((a) => a.trials)),
    settle,
  );
  return claims.map((c) => judged.get(c)!);
}

/** A claim whose trials are not all in. */
interface WaitingClaim {
  readonly claim: Claim;
  readonly arms: readonly Arm[];
  /** Keys of the trials of every arm, by its address. */
  readonly keys: ReadonlyMap<string, readonly string[]>;
  readonly missing: Set<string>;
}

/** What tells the arms of a claim apart. */
const addressOf = (name: string, depth: number): string => `${name} at depth ${depth}`;

async function waitingFor(claim: Claim, arms: readonly Arm[]): Promise<WaitingClaim> {
  const keys = new Map<string, readonly string[]>();
  for (const a of arms) keys.set(addressOf(a.name, a.depth), await Promise.all(a.trials.map((t) => keyOf(parseTrial(t)))));
  return { claim, arms, keys, missing: new Set([...keys.values()].flat()) };
}

function resultsFrom(measured: WaitingClaim, budget: Budget, outcomes: ReadonlyMap<string, Outcome>): Results {
  return {
    budget,
    of: <R>(kind: MeasurementKind<never, R> | MeasurementKind<unknown, R>, name: string, depth: number): readonly R[] => {
      const keys = measured.keys.get(addressOf(name, depth));
      if (!keys)
        throw new IsogradError("internal/bug", `the claim ${measured.claim.id} reads an arm that it does not measure: ${addressOf(name, depth)}`);
      return resultsOf(
        kind,
        keys.map((k) => outcomes.get(k)!),
      );
    },
  };
}
