import { CLAIMS } from "./terms/claims.js";
import { DIFFERENTIATION } from "./terms/differentiation.js";
import { GRADIENT } from "./terms/gradient.js";
import { NETWORK } from "./terms/network.js";
import { THEORY } from "./terms/theory.js";
import { TRAINING } from "./terms/training.js";
import { VERDICT } from "./terms/verdict.js";

// The words that pages, reports and documents use, each in one meaning. `docs/terms.md` and the list of terms at the end of every page are made
// from them.

/** The name of a term in the program, and its anchor on a page: `#term-trunk`. */
export type TermId =
  | keyof typeof NETWORK
  | keyof typeof GRADIENT
  | keyof typeof TRAINING
  | keyof typeof VERDICT
  | keyof typeof CLAIMS
  | keyof typeof THEORY
  | keyof typeof DIFFERENTIATION;

/** What is said of a term. */
interface Explained {
  readonly term: string;
  /** How formulas write it. */
  readonly symbol?: string;
  /** A few sentences that a student understands, with a unit where the term has one. */
  readonly meaning: string;
  readonly source?: string;
}

/** One word, and what it means here. */
export interface Term extends Explained {
  readonly id: TermId;
}

/** A group of terms with its heading. */
export interface TermGroup {
  readonly title: string;
  readonly terms: readonly Term[];
}

function groupOf<Id extends TermId>(title: string, terms: Readonly<Record<Id, Explained>>): TermGroup {
  return { title, terms: (Object.keys(terms) as Id[]).map((id) => ({ id, ...terms[id] })) };
}

export const GLOSSARY: readonly TermGroup[] = [
  groupOf("The network", NETWORK),
  groupOf("The gradient", GRADIENT),
  groupOf("Training", TRAINING),
  groupOf("The verdict", VERDICT),
  groupOf("Claims", CLAIMS),
  groupOf("Theory", THEORY),
  groupOf("Differentiation", DIFFERENTIATION),
];

/** All terms in their order. */
export const TERMS: readonly Term[] = GLOSSARY.flatMap((g) => g.terms);

const BY_ID: ReadonlyMap<TermId, Term> = new Map(TERMS.map((t) => [t.id, t]));

/** The term of an id. */
export const termOf = (id: TermId): Term => BY_ID.get(id)!;
