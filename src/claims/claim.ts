import type { Laws } from "../theory/laws.js";
import type { MeasurementKind } from "../trial/measurement.js";
import type { TrialRequest } from "../trial/spec.js";
import type { Equivalence } from "../math/equivalence.js";
import type { Estimate } from "../math/estimate.js";

/** What may be said of a claim. CONDITIONAL: it holds in a stated range and fails outside it; PENDING: its evidence has not been measured. */
export const VERDICTS = ["SUPPORTED", "REFUTED", "CONDITIONAL", "UNDECIDED", "PENDING"] as const;
export type ClaimVerdict = (typeof VERDICTS)[number];

/** How much is measured. */
export interface Budget {
  readonly name: "quick" | "full";
  /** At the greatest depth: shallower arms have more, see `seedsAt`. */
  readonly seeds: number;
  /** L, ascending: at least three for a law. */
  readonly depths: readonly number[];
  readonly width: number;
}

/** Trials that differ by their seeds only: one point of an experiment. */
export interface Arm {
  /** Unique within a claim together with `depth`. */
  readonly name: string;
  /** What it is compared with is a control. */
  readonly role: "test" | "control";
  readonly depth: number;
  /** One for each seed, in the same order in every arm. */
  readonly trials: readonly TrialRequest[];
}

/** What the trials of a claim gave. */
export interface Results {
  readonly size: Budget;
  /** Results of an arm, one for each seed. Fails where the arm was not measured, or measured something else. */
  of<R>(kind: MeasurementKind<never, R> | MeasurementKind<unknown, R>, name: string, depth: number): readonly R[];
}

/** What a rule is given beside the measurements. */
export interface RuleContext {
  /** m, the number of claims that are decided together: every interval has the level 1 − .05/m. */
  readonly panel: number;
  /** The predictions that measurements are held against. */
  readonly laws: Laws;
}

/** A number that a law gives. */
export interface Expected {
  readonly value: number;
  /** How far the measured number may lie from it and still be called equal. */
  readonly margin: number;
  readonly source: string;
}

/** A prediction beside a measured number. */
export interface HeldAgainst extends Expected {
  readonly held: Equivalence;
}

/** A measured number with its interval. */
export interface EvidenceRow {
  /** What it is, unit included. */
  readonly what: string;
  readonly arm: string;
  readonly role: "test" | "control" | "contrast";
  /** Null where it is about all depths. */
  readonly depth: number | null;
  /** Its place on the axis of the claim's picture, where that axis is not the depth: a gain, a width, a learning rate. */
  readonly x?: { readonly axis: string; readonly value: number };
  readonly measured: Estimate;
  /** Null where no law is known, or none is held against this number. */
  readonly law: HeldAgainst | null;
}

/** What a rule decided. */
export interface Judgement {
  readonly verdict: ClaimVerdict;
  readonly evidence: readonly EvidenceRow[];
  /** What was found, in plain words with figures. */
  readonly sentence: string;
}

/**
 * One sentence of the thread and the experiment that decides it. The rule is code, written before the run; it reads measurements, and the laws that it is
 * given. One file each.
 */
export interface Claim {
  readonly id: string;
  /** As it was said. */
  readonly sentence: string;
  /** Where it was said. */
  readonly from: string;
  /** What is measured, in one sentence. */
  readonly experiment: string;
  /** The rule in words: what each verdict takes. */
  readonly rule: string;
  readonly assumptions: readonly string[];
  readonly source: string;
  /** Evidence that is not measured yet, although a verdict is given on the rest. */
  readonly missing?: string;
  /** Which figures its picture shows, by their `what` (default: those of the first): a line for every arm, over depth or over `x`. */
  readonly picture?: string;
  trials(size: Budget): readonly Arm[];
  judge(results: Results, context: RuleContext): Judgement;
  /** The same arms, so tampered with that the rule must give another verdict. */
  sabotage(size: Budget): readonly Arm[];
}

/** A claim whose evidence cannot be measured yet: there is nothing to run, and the verdict is PENDING. */
export interface PendingClaim {
  readonly id: string;
  readonly sentence: string;
  readonly from: string;
  /** What will be measured. */
  readonly experiment: string;
  /** What is missing for it. */
  readonly pending: string;
}

export type AnyClaim = Claim | PendingClaim;

/** Whether nothing of a claim can be measured yet. */
export const isPending = (claim: AnyClaim): claim is PendingClaim => "pending" in claim;
