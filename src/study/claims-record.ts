import { isPending } from "../claims/claim.js";
import type { ClaimVerdict, EvidenceRow, Budget } from "../claims/claim.js";
import type { JudgedClaim } from "../claims/run-claims.js";
import { simultaneousLevel } from "../math/estimate.js";
import { answerOf } from "./claims-answer.js";

/** One claim as JSON has it. */
export interface ClaimRecord {
  readonly id: string;
  readonly sentence: string;
  readonly from: string;
  readonly verdict: ClaimVerdict;
  readonly evidence: {
    /** What was found. */
    readonly summary: string;
    readonly figures: readonly EvidenceRow[];
    /** Which figures its picture shows, by their `what`; null for those of the first. */
    readonly picture: string | null;
    readonly trials: number;
    readonly experiment: string;
    /** Null where the claim is pending. */
    readonly rule: string | null;
    readonly assumptions: readonly string[];
    readonly source: string | null;
    /** Evidence that was not measured, although there is a verdict on the rest. */
    readonly missing: string | null;
  };
  /** What reproduces it. */
  readonly command: string;
}

/** What `isograd claims` found: schema `isograd/claims/1`. */
export interface ClaimsRecord {
  readonly schema: "isograd/claims/1";
  readonly size: Budget;
  /** m: every interval has the level 1 − .05/m. */
  readonly panel: number;
  readonly level: number;
  readonly claims: readonly ClaimRecord[];
  readonly answer: string;
  /** What measures all of it again. */
  readonly command: string;
}

/** The command that measures claims again: all of them without ids. */
export const commandFor = (ids: readonly string[], size: Budget, seeds?: number): string =>
  ["isograd claims", ...ids, `--${size.name}`, ...(seeds === undefined ? [] : [`--seeds ${seeds}`])].join(" ");

/** The record of judged claims. `seeds`: where the user chose them. */
export function claimsRecord(
  judged: readonly JudgedClaim[],
  { size, panel, seeds }: { readonly size: Budget; readonly panel: number; readonly seeds?: number | undefined },
): ClaimsRecord {
  return {
    schema: "isograd/claims/1",
    size,
    panel,
    level: simultaneousLevel(panel),
    claims: judged.map(({ claim, judgement, arms }) => {
      const { id, sentence, from, experiment } = claim;
      const built = isPending(claim) ? undefined : claim;
      return {
        id,
        sentence,
        from,
        verdict: judgement.verdict,
        evidence: {
          summary: judgement.sentence,
          figures: judgement.evidence,
          picture: built?.picture ?? null,
          trials: arms.reduce((n, a) => n + a.trials.length, 0),
          experiment,
          rule: built?.rule ?? null,
          assumptions: built?.assumptions ?? [],
          source: built?.source ?? null,
          missing: built?.missing ?? null,
        },
        command: commandFor([id], size, seeds),
      };
    }),
    answer: answerOf(judged),
    command: commandFor(judged.length === panel ? [] : judged.map((j) => j.claim.id), size, seeds),
  };
}
