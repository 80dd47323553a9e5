import { html } from "./html.js";
import type { Html } from "./html.js";

/** What the runs of a page are called where there are two, and the class that colours each. */
const LETTERS = [
  { letter: "A", key: "gradient" },
  { letter: "B", key: "second" },
] as const;

/** The letter of a run with its name behind it. */
export const runLetterHtml = (i: number, name?: Html | string): Html =>
  html`<span class="word-${LETTERS[i]!.key}">${LETTERS[i]!.letter}${name !== undefined && [" ", name]}</span>`;

/** The colour of a run, and how its names in charts begin; one run alone has no letter. */
export const runStyle = (i: number, of: number): { readonly key: string; readonly prefix: string } => ({
  key: LETTERS[i]!.key,
  prefix: of > 1 ? `${LETTERS[i]!.letter} ` : "",
});
