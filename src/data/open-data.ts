import { IsogradError, nearest } from "../util/errors.js";
import type { DataSet } from "./data-set.js";
import { FORMATS } from "./formats/index.js";
import type { DataHost } from "./source.js";
import { SOURCES } from "./sources/index.js";

/** How each source and each kind of file is asked for. */
export const dataWords = (): readonly string[] => [
  ...SOURCES.map((s) => (s.takes === undefined ? s.name : `${s.name}:${s.takes}`)),
  ...FORMATS.flatMap((f) => f.endings.map((e) => `FILE${e}`)),
];

/** Opens the examples that a text names: a word, with what stands behind its colon, or a file. Errors `usage/option`, `data/…`, `file/read`. */
export function openData(text: string, host: DataHost, seed: number): DataSet {
  const format = FORMATS.find((f) => f.endings.some((e) => text.toLowerCase().endsWith(e)));
  const colon = text.indexOf(":");
  const word = colon < 0 ? text : text.slice(0, colon);
  const source = SOURCES.find((s) => s.name === word);
  if (source) {
    const argument = colon < 0 ? "" : text.slice(colon + 1);
    if (source.takes === undefined && argument !== "")
      throw new IsogradError("usage/option", `--data ${source.name} takes nothing behind it`, { received: argument });
    if (source.takes !== undefined && argument === "")
      throw new IsogradError("usage/option", `--data ${source.name} needs ${source.takes}`, { fix: `--data ${source.name}:${source.takes}` });
    return source.open(argument, host, seed);
  }
  if (format) return format.open(text, host);
  const near = nearest(
    word,
    SOURCES.map((s) => s.name),
  );
  throw new IsogradError("usage/option", `--data ${text} is not valid`, {
    expected: dataWords().join(", "),
    ...(near === undefined ? {} : { fix: `did you mean ${near}?` }),
  });
}
