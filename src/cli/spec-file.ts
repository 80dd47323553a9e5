import { existsSync } from "node:fs";
import { readBytes } from "../io/files.js";
import type { NetSpec } from "../nn/spec.js";
import { specFromWords } from "../nn/spec-text.js";
import { IsogradError } from "../util/errors.js";

/** A network spec on the command line: a JSON file, JSON text, or a name; then fields as key=value. */
export interface GivenSpec {
  readonly spec: NetSpec;
  /** The file that it was read from. */
  readonly file: string | undefined;
}

/** Reads a spec from the words of a command line, at least one. Errors `spec/invalid`, `file/read`. */
export function givenSpec([first, ...rest]: readonly string[]): GivenSpec {
  const word = first!;
  const isFile = word.endsWith(".json") || (!word.trimStart().startsWith("{") && /[./\\]/.test(word) && existsSync(word));
  return { spec: specFromWords([isFile ? specFile(word) : word, ...rest]), file: isFile ? word : undefined };
}

/** Returns the text of a spec file. */
function specFile(path: string): string {
  const text = new TextDecoder().decode(readBytes(path, 2 ** 20));
  if (!text.trimStart().startsWith("{"))
    throw new IsogradError("spec/invalid", `${path} holds no JSON object`, { fix: 'a spec file looks like {"arch": "mlp", "depth": 50}' });
  return text;
}
