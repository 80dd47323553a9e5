import type { ClaimVerdict } from "../claims/claim.js";
import type { JudgedClaim } from "../claims/run-claims.js";
import { plural } from "../util/format.js";

/** A sentence of the answer, said only when all of its claims have these verdicts. */
interface Part {
  readonly needs: Readonly<Record<string, ClaimVerdict>>;
  readonly says: string;
}

const PARTS: readonly Part[] = [
  {
    needs: { "skip-stops-explosion": "REFUTED", "copied-gradient": "SUPPORTED" },
    says: "A bare skip does not stop an explosion: it turns a growth of g^L in the squared gradient into (1 + g)^L, because the whole gradient is copied into both paths.",
  },
  { needs: { "gradient-divided": "REFUTED" }, says: "Nothing is divided at the sum: both summands receive the gradient of the sum, bit for bit." },
  {
    needs: { "scaled-branch": "SUPPORTED" },
    says: "What stops it is a branch that is small against the trunk: with a factor of 1/√L the growth stays below e, with a branch that begins at zero there is none.",
  },
  {
    needs: { "normalisation-not-skips": "CONDITIONAL" },
    says: "BatchNorm inside the branch does it too, because the trunk outgrows the branch; BatchNorm without skips is itself a source of explosion.",
  },
  {
    needs: { "resnet-mitigates": "CONDITIONAL" },
    says: "So a residual network mitigates an explosion where its branch is bounded while the trunk grows; a bare branch that grows with its trunk only adds to it.",
  },
  {
    needs: { "highway-mitigates": "CONDITIONAL" },
    says: "Highway networks mix instead of adding: while gates stay near their bias this slows explosion, over a wide range of weights stops it, and pays with decay.",
  },
  { needs: { "clipping-solves": "CONDITIONAL" }, says: "Clipping by global norm bounds the step, not the profile." },
  { needs: { "earlier-layers-get-more": "SUPPORTED" }, says: "Against vanishing skips do what is said of them." },
];

/** Returns the answer to the question, made of the verdicts that were reached: a sentence whose claims were not decided that way is left out. */
export function answerOf(judged: readonly JudgedClaim[]): string {
  const verdicts = new Map(judged.map((j) => [j.claim.id, j.judgement.verdict]));
  const said = PARTS.filter((p) => Object.entries(p.needs).every(([id, verdict]) => verdicts.get(id) === verdict)).map((p) => p.says);
  const open = judged.filter((j) => j.judgement.verdict === "PENDING" || j.judgement.verdict === "UNDECIDED").length;
  if (open > 0) said.push(`Of the ${plural(judged.length, "claim")}, ${plural(open, "is", "are")} not decided.`);
  return said.join(" ");
}
