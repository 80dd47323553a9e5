import { isPending } from "../claims/claim.js";
import type { AnyClaim, Budget } from "../claims/claim.js";
import { CLAIMS, claimsNamed } from "../claims/index.js";
import { requireQueue } from "./given.js";
import { runClaims } from "../claims/run-claims.js";
import type { ClaimsRun, JudgedClaim } from "../claims/run-claims.js";
import { QUICK } from "../claims/shared/budgets.js";
import { runTrials } from "../jobs/run-trials.js";
import type { RunOptions } from "../jobs/run-trials.js";
import { simultaneousLevel } from "../math/estimate.js";
import { answerOf } from "./claims-answer.js";
import type { ClaimRecord, ClaimsRecord } from "./claims-record.js";
import { callback, listOf, objectOf, oneOf, requireOptions, wholeFrom } from "./option-fields.js";
import type { OptionFields } from "./option-fields.js";
import { RUN_FIELDS } from "./run-fields.js";

/** How to decide claims. */
export interface ClaimsOptions extends RunOptions {
  /** How much is measured (default: QUICK). */
  readonly budget?: Budget | undefined;
  /** The number of seeds, where the user chose it: it goes into the command that measures a claim again. */
  readonly seeds?: number | undefined;
  /** Called with every claim as soon as it is decided. */
  readonly onVerdict?: ((claim: ClaimRecord) => void) | undefined;
}

const FIELDS: OptionFields<ClaimsOptions> = {
  ...RUN_FIELDS,
  budget: objectOf({
    name: oneOf("quick", "full"),
    seeds: wholeFrom(2),
    depths: listOf("whole numbers", 1, (d) => Number.isSafeInteger(d) && (d as number) > 0),
    width: wholeFrom(1),
  }),
  seeds: wholeFrom(2),
  onVerdict: callback,
};

/** Decides claims by measurement: given themselves or by their ids, all of them where none is given. Errors: those of `runTrials`. */
export async function claims(asked: readonly (AnyClaim | string)[], options: ClaimsOptions): Promise<ClaimsRecord> {
  requireQueue(options.queue, "claims");
  requireOptions("claims", options, FIELDS);
  const { budget = QUICK, seeds, onVerdict, ...running } = options;
  const run: ClaimsRun["run"] = (specs, onResult) =>
    runTrials(specs, {
      ...running,
      onResult: (outcome) => {
        onResult(outcome);
        running.onResult?.(outcome);
      },
    });
  const judged = await runClaims(asked.length === 0 ? CLAIMS : asked.flatMap((c) => (typeof c === "string" ? claimsNamed([c]) : [c])), {
    budget,
    run,
    onVerdict: (j) => onVerdict?.(claimRecord(j, budget, seeds)),
  });
  return claimsRecord(judged, { budget, comparisons: CLAIMS.length, seeds });
}

/** Returns the command that measures claims again: all of them without ids. */
const commandFor = (ids: readonly string[], budget: Budget, seeds: number | undefined): string =>
  ["npx isograd claims", ...ids, `--${budget.name}`, ...(seeds === undefined ? [] : [`--seeds ${seeds}`])].join(" ");

/** Returns the record of one judged claim. */
function claimRecord({ claim, judgement, arms }: JudgedClaim, budget: Budget, seeds: number | undefined): ClaimRecord {
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
    command: commandFor([id], budget, seeds),
  };
}

/** Returns the record of judged claims. `comparisons`: how many are decided together; `seeds`: where the user chose them. */
function claimsRecord(
  judged: readonly JudgedClaim[],
  { budget, comparisons, seeds }: { readonly budget: Budget; readonly comparisons: number; readonly seeds?: number | undefined },
): ClaimsRecord {
  return {
    schema: "isograd/claims/1",
    size: budget,
    panel: comparisons,
    level: simultaneousLevel(comparisons),
    claims: judged.map((j) => claimRecord(j, budget, seeds)),
    answer: answerOf(judged),
    command: commandFor(judged.length === comparisons ? [] : judged.map((j) => j.claim.id), budget, seeds),
  };
}
