import type { CheckRecord, Finding } from "../study/check-record.js";
import { prose } from "./visible.js";

/** What accepts a finding: "isograd.json: dead-units@layer3". */
export const acceptedWords = ({ accepted = [] }: Finding): string => prose(accepted.map(({ entry, by }) => `${by}: ${entry}`).join("; "));

/** The entries that nothing matches, a sentence each. */
export const unmatchedWords = ({ ignored = [] }: CheckRecord): readonly string[] =>
  ignored
    .filter((i) => i.matched === 0)
    .map(({ entry, by }) => prose(`Nothing matches "${entry}" of ${by}: the entry can go, or its rule or place is written otherwise.`));
