import type { EvidenceRow } from "../claim.js";
import { FIVE_PERCENT, HUNDREDFOLD, above, all, below, term } from "./predicates.js";
import type { Predicate } from "./predicates.js";

/** How the squared gradient of a network grows from output to input. */
export interface Growth {
  /** Its logarithm at every depth. */
  readonly totals: readonly EvidenceRow[];
  /** At the greatest depth. */
  readonly end: EvidenceRow;
  /** Per block. */
  readonly rate: EvidenceRow;
}

const PER_BLOCK = "the growth of the squared gradient";
const OVERALL = "its growth over the greatest depth";

export const grows: Predicate<Pick<Growth, "rate">> = above(PER_BLOCK, (g) => g.rate, FIVE_PERCENT);
export const growsLittle: Predicate<Pick<Growth, "rate">> = below(PER_BLOCK, (g) => g.rate, FIVE_PERCENT);
const endsAbove: Predicate<Pick<Growth, "end">> = above(OVERALL, (g) => g.end, HUNDREDFOLD);
export const endsBelow: Predicate<Pick<Growth, "end">> = below(
  "the growth of the squared gradient over the greatest depth",
  (g) => g.end,
  HUNDREDFOLD,
);

/** The network explodes: by the block, and in all. */
export const explodes: Predicate<Pick<Growth, "rate" | "end">> = term("the gradient explodes", "the gradient is not shown to explode", all<Pick<Growth, "rate" | "end">>(grows, endsAbove)); // prettier-ignore
