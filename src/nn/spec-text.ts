import { IsogradError } from "../util/errors.js";
import type { NetSpec } from "./spec.js";

/**
 * Parses a spec from the words of a command line. The first word is JSON text or the name of an architecture; the others are fields key=value,
 * where a value is JSON or a plain word, and dots in a key lead into objects: `residual-mlp depth=50 norm=batch init.weightVariance=1.5`.
 * Error `spec/invalid`.
 */
export function specFromWords(words: readonly string[]): NetSpec {
  const [first = "", ...rest] = words;
  const spec = first.trimStart().startsWith("{") ? parsed(first) : { arch: first };
  for (const word of rest) {
    const at = word.indexOf("=");
    if (at < 1)
      throw new IsogradError("spec/invalid", `"${word}" is no field`, { expected: "key=value", fix: "give fields like depth=50 norm=batch" });
    setField(spec, word.slice(0, at).split("."), valueOf(word.slice(at + 1)), word);
  }
  return spec as unknown as NetSpec;
}

type Fields = Record<string, unknown>;

function parsed(text: string): Fields {
  try {
    return JSON.parse(text) as Fields;
  } catch (error) {
    throw new IsogradError("spec/invalid", `the spec is not JSON: ${(error as Error).message}`, {
      cause: error,
      fix: 'write it as {"arch": "mlp", "depth": 50}',
    });
  }
}

/** Parses JSON; anything else is taken as text. */
function valueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Sets the field at `path`, creating the objects on the way. `defineProperty`, because a key may be "__proto__". */
function setField(spec: Fields, path: readonly string[], value: unknown, word: string): void {
  let into = spec;
  for (const key of path.slice(0, -1)) {
    const inner = Object.hasOwn(into, key) ? into[key] : undefined;
    // `init=he init.fan=out`: the name of a scheme stands for the object { scheme }.
    const next = typeof inner === "string" && key === "init" ? { scheme: inner } : (inner ?? {});
    if (typeof next !== "object" || Array.isArray(next))
      throw new IsogradError("spec/invalid", `"${word}" sets a field of a value that is not an object`);
    Object.defineProperty(into, key, { value: next, enumerable: true, writable: true, configurable: true });
    into = next as Fields;
  }
  Object.defineProperty(into, path[path.length - 1]!, { value, enumerable: true, writable: true, configurable: true });
}
