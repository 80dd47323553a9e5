import type { EvidenceRow } from "../claim.js";
import { EXPLOSION, FIVE_PERCENT, above, all, below, named, term } from "./predicates.js";
import type { Named, Predicate } from "./predicates.js";

/** How the squared gradient of a network grows from output to input. */
export interface Growth {
  /** Its logarithm at every depth. */
  readonly totals: readonly EvidenceRow[];
  /** At the greatest depth. */
  readonly end: EvidenceRow;
  /** Per block. */
  readonly rate: EvidenceRow;
}

const PER_BLOCK: Named<Pick<Growth, "rate">> = named("the growth of the squared gradient", (g) => g.rate);
const OVERALL: Named<Pick<Growth, "end">> = named("the growth of the squared gradient over the greatest depth", (g) => g.end);

export const grows: Predicate<Pick<Growth, "rate">> = above(PER_BLOCK, FIVE_PERCENT);
export const growsLittle: Predicate<Pick<Growth, "rate">> = below(PER_BLOCK, FIVE_PERCENT);
export const endsBelow: Predicate<Pick<Growth, "end">> = below(OVERALL, EXPLOSION);

/** The network explodes: by the block, and in all. */
export const explodes: Predicate<Pick<Growth, "rate" | "end">> = term(
  "the gradient explodes",
  "the gradient is not shown to explode",
  all<Pick<Growth, "rate" | "end">>(grows, above(OVERALL, EXPLOSION)),
);
