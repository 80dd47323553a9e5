import { count } from "../../util/format.js";
import { IsogradError } from "../../util/errors.js";
import type { Column, DataSet, Examples } from "../data-set.js";
import { invalid, refuseTooMuch } from "../shared/refused.js";
import { utf8 } from "../shared/utf8.js";
import type { DataSource } from "../source.js";

/** Characters that are seen at a time, unless another number is given. */
const CONTEXT = 64;
/** The share of the text, at its end, that is kept to score by. */
const HELD = 0.1;
/** Characters of a vocabulary that are told. */
const TOLD = 200;

/** The characters of a file, each to be told from those before it. */
export const text: DataSource = {
  name: "text",
  takes: "FILE[:T]",
  summary: `the characters of a text in UTF-8, in pieces of ${CONTEXT} (or T): at each, the next one is to be told; the last tenth of the text is to score by`,
  open(argument, host): DataSet {
    const [, path, own] = /^(.*?)(?::(\d+))?$/s.exec(argument) as unknown as [string, string, string | undefined];
    const context = Number(own ?? CONTEXT);
    if (!(context >= 1 && context <= 100_000))
      throw new IsogradError("usage/option", `--data text:${argument} is not valid`, { expected: "text:FILE:T, with T from 1 to 100000" });
    // The bytes, the text and its characters; a file that is not there is refused as it is read.
    refuseTooMuch(`text:${path}`, 5 * (host.size(path) ?? 0), host);
    const { tokens, names } = tokensOf(utf8(host.bytes(path), path), path);
    const border = tokens.length - Math.floor(HELD * tokens.length);
    const [train, validation] = [pieces(tokens.subarray(0, border), context, names), pieces(tokens.subarray(border), context, names)];
    if (train.count === 0)
      return invalid(`the text is too short for pieces of ${context} characters`, path, {
        expected: `at least ${context + 1} characters in its first nine tenths`,
        received: count(border),
        fix: `text:${path}:${Math.max(1, Math.min(16, border - 1))}`,
      });
    const held = validation.count > 0 ? `, its last tenth to score by` : "";
    return {
      name: `text:${path}`,
      about: `${count(tokens.length)} characters of ${path}, in pieces of ${context}, each with the next character to tell${held}; vocabulary of ${names.length}: ${JSON.stringify(names.slice(0, TOLD).join(""))}${names.length > TOLD ? ` and ${names.length - TOLD} more` : ""}`,
      train,
      validation: validation.count > 0 ? validation : undefined,
      standardised: false,
    };
  },
};

/** Numbers the characters of a text, in the order of their code points. */
function tokensOf(whole: string, path: string): { readonly tokens: Uint8Array | Uint16Array; readonly names: readonly string[] } {
  const seen = new Set<string>();
  let length = 0;
  for (const c of whole) {
    seen.add(c);
    length++;
  }
  if (length === 0) invalid("the text is empty", path);
  if (seen.size > 65_536) invalid(`the text has ${count(seen.size)} different characters`, path, { expected: "at most 65,536" });
  const names = [...seen].sort((a, b) => a.codePointAt(0)! - b.codePointAt(0)!);
  const numbers = new Map(names.map((c, i) => [c, i]));
  const tokens = names.length <= 256 ? new Uint8Array(length) : new Uint16Array(length);
  let at = 0;
  for (const c of whole) tokens[at++] = numbers.get(c)!;
  return { tokens, names };
}

/** Pieces of a text, one behind another: the characters of each, and the one after each of them. */
function pieces(tokens: Uint8Array | Uint16Array, context: number, names: readonly string[]): Examples {
  const from = (first: number): Column => ({
    type: { dtype: "int64", shape: [context] },
    kinds: names.length,
    names,
    copy(index, out, at) {
      const start = first + index * context;
      out.set(tokens.subarray(start, start + context), at);
    },
  });
  return {
    count: Math.max(0, Math.floor((tokens.length - 1) / context)),
    inputs: new Map([["", from(0)]]),
    answers: { kind: "labels", column: from(1), classes: names.length },
  };
}
