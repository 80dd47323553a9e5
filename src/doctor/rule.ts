import * as z from "zod";
import { placeName } from "../graph/site.js";
import type { Site } from "../graph/site.js";
import type { Style } from "../util/format.js";
import type { Evidence } from "./evidence.js";
import type { Facts, Finding, Severity } from "./finding.js";

/** What a rule observed: where, how grave it is, and the facts. */
export interface Observation<F = Facts> {
  readonly severity: Severity;
  readonly site: Site;
  readonly facts: F;
}

/** The sentences of a finding; `where` only where the site's name does not say enough. */
export type Words = Pick<Finding, "evidence" | "why" | "remedy"> & Partial<Pick<Finding, "where">>;

/** One rule of the doctor: one file each. It observes, and it tells what it observed; the words come from the observation alone, in the style of where they go. */
export interface FindingRule {
  readonly id: string;
  /** The JSON schema of its facts. */
  readonly facts: z.ZodType<Facts>;
  readonly examine: (e: Evidence) => readonly Observation[];
  readonly words: (o: Observation, style: Style) => Words;
}

/** A rule whose parts know the types of its facts. */
export const findingRule = <S extends z.ZodType<Facts>>(parts: {
  readonly id: string;
  readonly facts: S;
  readonly examine: (e: Evidence) => readonly Observation<z.output<S>>[];
  readonly words: (o: Observation<z.output<S>>, style: Style) => Words;
}): FindingRule => ({ ...parts, words: (o, style) => parts.words(o as Observation<z.output<S>>, style) });

/** Returns the schema of an object of facts; a newer version of the program may add some, which are kept. */
export const factsOf = <S extends z.ZodRawShape>(shape: S): z.ZodObject<S> => z.looseObject(shape);

/** Returns the sentences of an observation, and its place in words. */
export function wordsOf(rule: FindingRule, observation: Observation, style: Style): Required<Words> {
  const words = rule.words(observation, style);
  return { ...words, where: placeName(observation.site, words.where) };
}

/** Returns an observation with its sentences, as JSON and terminals have them. */
export function findingOf(rule: FindingRule, observation: Observation): Finding {
  const { severity, site, facts } = observation;
  return { rule: rule.id, severity, site, facts, ...wordsOf(rule, observation, "text") };
}
