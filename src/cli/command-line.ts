import type { Given } from "./verb.js";

/** Returns the command that was given, as a shell takes it: `npx isograd check 'my net.onnx' --seed 1`. */
export function commandLine(verb: string, args: readonly string[], given: Given): string {
  const options = Object.entries(given).flatMap(([key, value]): string[] => {
    if (value === undefined || value === false) return [];
    if (value === true) return [`--${key}`];
    return [value].flat().flatMap((v) => [`--${key}`, quoted(v)]);
  });
  return ["npx isograd", verb, ...args.map(quoted), ...options].join(" ");
}

/** Returns a word as a shell takes it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
