import type { Laws } from "../theory/laws.js";
import type { MeasurementKind } from "../trial/measurement.js";
import type { TrialRequest } from "../trial/spec.js";
import type { Equivalence } from "../math/equivalence.js";
import type { Estimate } from "../math/estimate.js";
import type { Factors } from "./shared/factors.js";
import type { Quantity } from "./shared/quantity.js";

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

/** What an arm is at every depth. */
export interface ArmKind {
  /** What distinguishes it from the other arms of its claim. */
  readonly factors: Factors;
  /** Its readable name, which `label` makes from the factors; unique within a claim. */
  readonly name: string;
  /** What it is compared with is a control. */
  readonly role: "test" | "control";
}

/** Trials that differ by their seeds only: one point of an experiment. */
export interface Arm extends ArmKind {
  readonly depth: number;
  /** One for each seed, in the same order in every arm. */
  readonly trials: readonly TrialRequest[];
}

/** What the trials of a claim gave. */
export interface Results {
  readonly budget: Budget;
  /** Results of an arm, one for each seed. Fails where the arm was not measured, or measured something else. */
  of<R>(kind: MeasurementKind<never, R> | MeasurementKind<unknown, R>, name: string, depth: number): readonly R[];
}

/** What a claim is judged with, beside the measurements. */
export interface RuleContext {
  /** m, how many claims are judged together: every interval has the level 1 − .05/m. */
  readonly comparisons: number;
  /** The predictions that measurements are compared with. */
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
export interface LawComparison extends Expected {
  readonly held: Equivalence;
}

/** A measured number with its interval. */
export interface EvidenceRow {
  /** What it is, unit included; rows of one `what` belong together. */
  readonly what: string;
  readonly quantity: Quantity;
  /** The readable name of the arm that it was measured on; of a row about several arms, what it is about. */
  readonly arm: string;
  /** What distinguishes that arm; absent where the row is about no single arm. */
  readonly factors?: Factors;
  readonly role: "test" | "control" | "contrast";
  /** Null where it is about all depths. */
  readonly depth: number | null;
  /** Its place on the axis of the claim's picture, where that axis is not the depth: a gain, a width, a learning rate. */
  readonly x?: { readonly axis: string; readonly value: number };
  readonly measured: Estimate;
  /** Null where there is no law for this number. */
  readonly law: LawComparison | null;
}

/** What a rule decided. */
export interface Judgement {
  readonly verdict: ClaimVerdict;
  readonly evidence: readonly EvidenceRow[];
  /** What was found, in plain words with numbers. */
  readonly sentence: string;
  /** Which row of the rule's table decided, counted from 0; null where nothing was measured. */
  readonly row: number | null;
}

/** A row of a rule's table as it is shown. */
export interface StatedRow {
  readonly verdict: ClaimVerdict;
  /** The condition, in words. */
  readonly when: string;
}

/**
 * One sentence of the thread and the experiment that decides it. The rule is code, written before the run; it reads measurements, and the laws that it is
 * given. One file each, made by `claim` of shared/rule.ts.
 */
export interface Claim {
  readonly id: string;
  /** As it was said. */
  readonly sentence: string;
  /** Where it was said. */
  readonly from: string;
  /** What is measured, in one sentence. */
  readonly experiment: string;
  /** The rule in words, made from its table: what each verdict takes. */
  readonly rule: string;
  /** The rule's table: its first row whose condition holds decides. */
  readonly table: readonly StatedRow[];
  readonly assumptions: readonly string[];
  readonly source: string;
  /** Evidence that is not measured yet, although a verdict is given on the rest. */
  readonly missing?: string;
  /** Which rows its picture shows, by their `what` (default: those of the first): a line for every arm, over depth or over `x`. */
  readonly picture?: string;
  trials(budget: Budget): readonly Arm[];
  judge(results: Results, context: RuleContext): Judgement;
  /** The same arms, so tampered with that the rule must give another verdict. */
  sabotage(budget: Budget): readonly Arm[];
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
