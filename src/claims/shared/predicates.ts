import { count, decimals, exact } from "../../util/format.js";
import type { EvidenceRow } from "../claim.js";
import { HUNDRED, RATE, lawsHeld } from "./evidence-rows.js";

/** A word that a rule uses for a condition, and the condition. */
export interface Term {
  readonly term: string;
  readonly means: string;
}

/** What says how a clause is joined with others. */
interface Clause {
  /** Whether the clause has a comma or a conjunction of its own: it is then joined with others by semicolons. */
  readonly compound: boolean;
}

/** A condition that carries its own words, a clause: what is judged and what is written cannot differ. */
export interface Predicate<F> extends Clause {
  readonly words: string;
  /** The clause that says that it is not so. */
  readonly negated: string;
  readonly terms: readonly Term[];
  readonly holds: (facts: F) => boolean;
}

/** Joins clauses by `and` or `or`. */
function joined(list: readonly string[], word: "and" | "or", compound: boolean): string {
  if (list.length < 2) return list.join("");
  const [head, last] = [list.slice(0, -1), list[list.length - 1]!];
  return compound ? `${head.join("; ")}; ${word} ${last}` : `${head.join(", ")} ${word} ${last}`;
}

const termsOf = (list: readonly Predicate<never>[]): readonly Term[] => list.flatMap((p) => p.terms);

const SIMPLE: Clause = { compound: false };
/** The clause has a comma or a conjunction of its own. */
export const COMPOUND: Clause = { compound: true };

/** Returns a condition in words of its own, for what is exact or has a vocabulary of its own. */
export const fact = <F>(words: string, negated: string, holds: (facts: F) => boolean, { compound }: Clause = SIMPLE): Predicate<F> => ({
  words,
  negated,
  compound,
  terms: [],
  holds,
});

export const otherwise: Predicate<unknown> = fact("otherwise", "never", () => true);

/** Returns several conditions as one, in words and negated. */
function several<F>(list: readonly Predicate<F>[], word: "and" | "or", holds: (facts: F) => boolean): Predicate<F> {
  const compound = list.some((p) => p.compound);
  return {
    words: joined(list.map((p) => p.words), word, compound), // prettier-ignore
    negated: joined(list.map((p) => p.negated), word === "and" ? "or" : "and", compound), // prettier-ignore
    compound: compound || list.length > 1,
    terms: termsOf(list),
    holds,
  };
}

export const all = <F>(...list: readonly Predicate<F>[]): Predicate<F> => several(list, "and", (facts) => list.every((p) => p.holds(facts)));

export const any = <F>(...list: readonly Predicate<F>[]): Predicate<F> => several(list, "or", (facts) => list.some((p) => p.holds(facts)));

export const not = <F>(p: Predicate<F>): Predicate<F> => ({ ...p, words: p.negated, negated: p.words, holds: (facts) => !p.holds(facts) });

/** Names a condition, so that a rule can use it more than once: its meaning is written once, before the verdicts. */
export const term = <F>(words: string, negated: string, p: Predicate<F>): Predicate<F> => ({
  words,
  negated,
  compound: false,
  terms: [...p.terms, { term: words, means: p.words }],
  holds: p.holds,
});

/** Returns a condition on a part of the facts: `with the skip, …`. */
export const on = <F, P>(where: string, part: (facts: F) => P, p: Predicate<P>): Predicate<F> => ({
  words: `${where}, ${p.words}`,
  negated: `${where}, ${p.negated}`,
  compound: true,
  terms: p.terms,
  holds: (facts) => p.holds(part(facts)),
});

/** Returns a condition after words that say where it is judged: `at every depth, …`. The condition itself chooses the rows. */
export const given = <F>(where: string, p: Predicate<F>): Predicate<F> => on(where, (facts: F) => facts, p);

/** Returns a condition on every one of several parts: `with every branch, …`. Holds where there is none. */
export const every = <F, P>(preposition: string, noun: string, parts: (facts: F) => readonly P[], p: Predicate<P>): Predicate<F> => ({
  words: `${preposition} every ${noun}, ${p.words}`,
  negated: `${preposition} at least one ${noun}, ${p.negated}`,
  compound: true,
  terms: p.terms,
  holds: (facts) => parts(facts).every((part) => p.holds(part)),
});

/** Returns a condition on at least one of several parts: `with at least one branch, …`. */
export const some = <F, P>(preposition: string, noun: string, parts: (facts: F) => readonly P[], p: Predicate<P>): Predicate<F> => ({
  words: `${preposition} at least one ${noun}, ${p.words}`,
  negated: `there is no ${noun} ${preposition} which ${p.words}`,
  compound: true,
  terms: p.terms,
  holds: (facts) => parts(facts).some((part) => p.holds(part)),
});

/** A number that measured ones are compared with; it may go with the depth of the row. */
export interface Bound {
  readonly words: string;
  readonly of: (row: EvidenceRow) => number;
}

/** Returns a number as it was chosen. */
export const bound = (value: number): Bound => ({ words: exact(value), of: () => value });

/** Returns a number that has words of its own. */
export const boundOf = (words: string, of: number | ((row: EvidenceRow) => number)): Bound => ({ words, of: typeof of === "number" ? () => of : of });

export const ZERO: Bound = bound(0);

/** The growth that counts as growing at all, of a rate per block. */
export const FIVE_PERCENT: Bound = boundOf(`${decimals(100 * Math.expm1(RATE), 0)} % a block`, RATE);
export const MINUS_FIVE_PERCENT: Bound = boundOf(`-${FIVE_PERCENT.words}`, -RATE);

/** The same, of a growth over all blocks of a row. */
export const FIVE_PERCENT_EACH: Bound = boundOf(FIVE_PERCENT.words, (row) => RATE * row.depth!);
export const MINUS_FIVE_PERCENT_EACH: Bound = boundOf(MINUS_FIVE_PERCENT.words, (row) => -(RATE * row.depth!));

const MOST = count(Math.round(Math.exp(HUNDRED)));
/** A growth of the squared gradient from output to input that counts as an explosion, and the decay that is its contrary: a factor of 100 on the norm. */
export const EXPLOSION: Bound = boundOf(`a factor of ${MOST}`, HUNDRED);
export const DECAY: Bound = boundOf(`a factor of 1/${MOST}`, -HUNDRED);

/** Rows that conditions judge, with the words that name them: they are paired in one place. */
export interface Named<F> extends Clause {
  readonly words: string;
  readonly rows: (facts: F) => readonly EvidenceRow[];
}

/** Names rows, one or several. */
export const named = <F>(words: string, rows: (facts: F) => EvidenceRow | readonly EvidenceRow[], { compound }: Clause = SIMPLE): Named<F> => ({
  words,
  compound,
  rows: (facts) => {
    const found = rows(facts);
    return "measured" in found ? [found] : found;
  },
});

type Comparison = <F>(n: Named<F>, b: Bound) => Predicate<F>;

const compared =
  (holds: (row: EvidenceRow, value: number) => boolean, is: string, isNot: string): Comparison =>
  (n, b) =>
    fact(`${n.words} ${is}${b.words}`, `${n.words} ${isNot}${b.words}`, (facts) => n.rows(facts).every((row) => holds(row, b.of(row))), n);

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
export const between = <F>(n: Named<F>, low: Bound, high: Bound): Predicate<F> =>
  fact(
    `${n.words} lies between ${low.words} and ${high.words}`,
    `${n.words} is not shown to lie between ${low.words} and ${high.words}`,
    (facts) => n.rows(facts).every((row) => row.measured.low > low.of(row) && row.measured.high < high.of(row)),
    COMPOUND,
  );

/** Says of a law what it is, where a rule can write it in one line. */
const lawIs = (law: string | undefined): string => (law === undefined ? "" : `, ${law}`);

/** Tells whether numbers equal their laws, all of them. `law` writes it: `2^L`. */
export const followsLaw = <F>(n: Named<F>, law?: string): Predicate<F> =>
  fact(
    `${n.words} follows its law${lawIs(law)}`,
    `${n.words} is not shown to follow its law${lawIs(law)}`,
    (facts) => lawsHeld(n.rows(facts)) === "equal",
    { compound: n.compound || law !== undefined },
  );

/** Tells whether no number differs from its law. */
export const keepsToLaw = <F>(n: Named<F>, law?: string): Predicate<F> =>
  fact(
    `${n.words} does not leave its law${lawIs(law)}`,
    `${n.words} leaves its law${lawIs(law)}`,
    (facts) => n.rows(facts).every((row) => row.law?.held !== "different"),
    { compound: n.compound || law !== undefined },
  );

/** Tells whether a row is above a bound, for what a sentence tells. */
export const isAbove = (row: EvidenceRow, value: number): boolean => row.measured.low > value;
export const isBelow = (row: EvidenceRow, value: number): boolean => row.measured.high < value;
