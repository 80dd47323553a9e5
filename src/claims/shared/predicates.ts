import { decimals, exact } from "../../util/format.js";
import type { EvidenceRow } from "../claim.js";
import { HUNDRED, RATE, lawsHeld } from "./evidence-rows.js";

/** A word that a rule uses for a condition, and the condition. */
export interface Term {
  readonly term: string;
  readonly means: string;
}

/** A condition that carries its own words, a clause: what is judged and what is written cannot differ. */
export interface Predicate<F> {
  readonly words: string;
  /** The clause that says that it is not so. */
  readonly negated: string;
  readonly terms: readonly Term[];
  readonly holds: (facts: F) => boolean;
}

/** Joins clauses by `and` or `or`: by semicolons where a clause has a comma or a conjunction of its own. */
function clauses(list: readonly string[], word: "and" | "or"): string {
  if (list.length < 2) return list.join("");
  const nested = list.some((c) => /,|;| and | or /.test(c));
  const [head, last] = [list.slice(0, -1), list[list.length - 1]!];
  if (nested) return `${head.join("; ")}; ${word} ${last}`;
  return `${head.join(", ")} ${word} ${last}`;
}

const termsOf = (list: readonly Predicate<never>[]): readonly Term[] => list.flatMap((p) => p.terms);

/** Returns a condition in words of its own, for what is exact or has a vocabulary of its own. */
export const fact = <F>(words: string, negated: string, holds: (facts: F) => boolean): Predicate<F> => ({ words, negated, terms: [], holds });

export const otherwise: Predicate<unknown> = fact("otherwise", "never", () => true);

export const all = <F>(...list: readonly Predicate<F>[]): Predicate<F> => ({
  words: clauses(list.map((p) => p.words), "and"), // prettier-ignore
  negated: clauses(list.map((p) => p.negated), "or"), // prettier-ignore
  terms: termsOf(list),
  holds: (facts) => list.every((p) => p.holds(facts)),
});

export const any = <F>(...list: readonly Predicate<F>[]): Predicate<F> => ({
  words: clauses(list.map((p) => p.words), "or"), // prettier-ignore
  negated: clauses(list.map((p) => p.negated), "and"), // prettier-ignore
  terms: termsOf(list),
  holds: (facts) => list.some((p) => p.holds(facts)),
});

export const not = <F>(p: Predicate<F>): Predicate<F> => ({ words: p.negated, negated: p.words, terms: p.terms, holds: (facts) => !p.holds(facts) });

/** Names a condition, so that a rule can use it more than once: its meaning is written once, before the verdicts. */
export const term = <F>(words: string, negated: string, p: Predicate<F>): Predicate<F> => ({
  words,
  negated,
  terms: [...p.terms, { term: words, means: p.words }],
  holds: p.holds,
});

/** Returns a condition on a part of the facts: `with the skip, …`. */
export const on = <F, P>(where: string, part: (facts: F) => P, p: Predicate<P>): Predicate<F> => ({
  words: `${where}, ${p.words}`,
  negated: `${where}, ${p.negated}`,
  terms: p.terms,
  holds: (facts) => p.holds(part(facts)),
});

/** Returns a condition on every one of several parts: `with every branch, …`. Holds where there is none. */
export const every = <F, P>(preposition: string, noun: string, parts: (facts: F) => readonly P[], p: Predicate<P>): Predicate<F> => ({
  words: `${preposition} every ${noun}, ${p.words}`,
  negated: `${preposition} one ${noun} at least, ${p.negated}`,
  terms: p.terms,
  holds: (facts) => parts(facts).every((part) => p.holds(part)),
});

/** Returns a condition on at least one of several parts: `with one branch at least, …`. */
export const some = <F, P>(preposition: string, noun: string, parts: (facts: F) => readonly P[], p: Predicate<P>): Predicate<F> => ({
  words: `${preposition} one ${noun} at least, ${p.words}`,
  negated: `${preposition} no ${noun} is it so that ${p.words}`,
  terms: p.terms,
  holds: (facts) => parts(facts).some((part) => p.holds(part)),
});

/** A number that measured ones are compared with; it may go with the depth of the row. */
export interface Bound {
  readonly words: string;
  readonly of: (row: EvidenceRow) => number;
}

/** Returns a number as it was chosen, with what stands behind it. */
export const bound = (value: number, unit = ""): Bound => ({ words: `${exact(value, "page")}${unit}`, of: () => value });

/** Returns a number that has words of its own. */
export const boundOf = (words: string, of: number | ((row: EvidenceRow) => number)): Bound => ({ words, of: typeof of === "number" ? () => of : of });

export const ZERO: Bound = bound(0);

/** The growth that counts as growing at all, of a rate per block. */
export const FIVE_PERCENT: Bound = boundOf(`${decimals(100 * Math.expm1(RATE), 0)} % a block`, RATE);
export const MINUS_FIVE_PERCENT: Bound = boundOf(`−${FIVE_PERCENT.words}`, -RATE);

/** The same, of a growth over all blocks of a row. */
export const FIVE_PERCENT_EACH: Bound = boundOf(FIVE_PERCENT.words, (row) => RATE * row.depth!);
export const MINUS_FIVE_PERCENT_EACH: Bound = boundOf(MINUS_FIVE_PERCENT.words, (row) => -(RATE * row.depth!));

/** A growth of the gradient from output to input that counts as an explosion, and the decay that is its contrary. */
export const HUNDREDFOLD: Bound = boundOf(`a factor of ${exact(Math.exp(HUNDRED / 2))} on the norm`, HUNDRED);
export const HUNDREDTH: Bound = boundOf(`a factor of 1/${exact(Math.exp(HUNDRED / 2))} on the norm`, -HUNDRED);

const rowsOf = (rows: EvidenceRow | readonly EvidenceRow[]): readonly EvidenceRow[] => ("measured" in rows ? [rows] : rows);

const compared =
  (holds: (row: EvidenceRow, value: number) => boolean, is: string, isNot: string) =>
  <F>(what: string, rows: (facts: F) => EvidenceRow | readonly EvidenceRow[], b: Bound): Predicate<F> =>
    fact(`${what} ${is}${b.words}`, `${what} ${isNot}${b.words}`, (facts) => rowsOf(rows(facts)).every((row) => holds(row, b.of(row))));

type Comparison = <F>(what: string, rows: (facts: F) => EvidenceRow | readonly EvidenceRow[], b: Bound) => Predicate<F>;

/** Whether numbers are above a bound, their whole intervals with them. */
export const above: Comparison = compared((row, v) => row.measured.low > v, "is above ", "is not shown to be above ");
export const below: Comparison = compared((row, v) => row.measured.high < v, "is below ", "is not shown to be below ");
/** Whether numbers are at a bound or above it, their whole intervals with them. */
export const atLeast: Comparison = compared((row, v) => row.measured.low >= v, "is at least ", "is not shown to be at least ");
/** Whether numbers are within so much of 0, their whole intervals with them. */
export const within: Comparison = compared(
  (row, v) => row.measured.low > -v && row.measured.high < v,
  "lies within ±",
  "is not shown to lie within ±",
);

/** Tells whether numbers lie between two bounds, their whole intervals with them. */
export const between = <F>(what: string, rows: (facts: F) => EvidenceRow | readonly EvidenceRow[], low: Bound, high: Bound): Predicate<F> =>
  fact(`${what} lies between ${low.words} and ${high.words}`, `${what} is not shown to lie between ${low.words} and ${high.words}`, (facts) =>
    rowsOf(rows(facts)).every((row) => row.measured.low > low.of(row) && row.measured.high < high.of(row)),
  );

/** Tells whether numbers equal their laws, all of them. */
export const followsLaw = <F>(what: string, rows: (facts: F) => readonly EvidenceRow[]): Predicate<F> =>
  fact(`${what} follows its law`, `${what} is not shown to follow its law`, (facts) => lawsHeld(rows(facts)) === "equal");

/** Tells whether no number differs from its law. */
export const keepsToLaw = <F>(what: string, rows: (facts: F) => readonly EvidenceRow[]): Predicate<F> =>
  fact(`${what} does not leave its law`, `${what} leaves its law`, (facts) => rows(facts).every((row) => row.law?.held !== "different"));

/** Tells whether a row is above a bound, for what a sentence tells. */
export const isAbove = (row: EvidenceRow, value: number): boolean => row.measured.low > value;
export const isBelow = (row: EvidenceRow, value: number): boolean => row.measured.high < value;
