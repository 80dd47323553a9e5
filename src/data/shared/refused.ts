import { IsogradError } from "../../util/errors.js";
import { gibibytes } from "../../util/format.js";
import type { DataHost } from "../source.js";

/** Error `data/missing`: what was looked for, where, and how it is had. */
export function missing(what: string, where: string, fix: string): never {
  throw new IsogradError("data/missing", `${what} was not found in ${where}`, { fix });
}

/** Error `data/invalid`: what is wrong, and in which file. */
export function invalid(
  what: string,
  at: string,
  parts: { readonly expected?: string; readonly received?: string; readonly fix?: string; readonly cause?: unknown } = {},
): never {
  throw new IsogradError("data/invalid", what, { at: [at], ...parts });
}

/** Error `memory/limit`, where data would take more than it may. */
export function refuseTooMuch(name: string, bytes: number, { memory }: DataHost): void {
  if (bytes <= memory) return;
  throw new IsogradError("memory/limit", `the examples of ${name} take ${gibibytes(bytes)} of memory`, {
    expected: `at most ${gibibytes(memory)}`,
    fix: "give fewer or smaller examples, or raise --max-memory",
  });
}
