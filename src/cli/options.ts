import { freemem } from "node:os";
import { getHeapStatistics } from "node:v8";
import type { LossSpec } from "../autodiff/network.js";
import type { Runtime } from "../runtime/runtime.js";
import { installedRuntime } from "../runtime/installed.js";
import type { Choice } from "../runtime/installed.js";
import { RUNTIMES, openRuntime } from "../runtime/select.js";
import type { NetworkOptions } from "../study/network-options.js";
import { IsogradError } from "../util/errors.js";
import type { Given, OptionSpec } from "./verb.js";

/** How `--runtime` is described. */
export const RUNTIME: OptionSpec = { value: RUNTIMES.join("|"), help: "what runs the graphs (default: node, else web)" };

/** Options that every verb on a network file has. */
export const COMMON: Readonly<Record<string, OptionSpec>> = {
  bind: { value: "DIM=INT,…", help: "sizes of free dims", multiple: true },
  set: { value: "INPUT=VALUE", help: "fix an input, or a value that a node makes, to one value", multiple: true },
  output: { value: "NAME", help: "the output that the loss takes (default: the first of floats)" },
  trainable: { value: "NAME,…", help: "tensors that are parameters although they look like masks or are called buffers", multiple: true },
  frozen: { value: "NAME,…", help: "tensors that are not trained: no gradient is taken by them", multiple: true },
  dropout: { value: "SEED", help: "draw dropout masks from this seed (default: dropout is the identity)" },
  "low-memory": { help: "small pieces, activations computed twice: slower, for networks that do not fit" },
  "max-memory": { value: "GIB", help: "refuse runs that would need more (default: 75 % of what is free)" },
  runtime: RUNTIME,
  seed: { value: "N", help: "seed of everything drawn (default: 0)" },
};

/** Refuses the value of an option. */
export const wrong = (key: string, value: string, expected: string): never => {
  throw new IsogradError("usage/option", `--${key} ${value} is not valid`, { expected });
};

/** Returns the value of a text option; undefined when it is absent. */
export const text = (given: Given, key: string): string | undefined => given[key] as string | undefined;
/** Returns the values of an option that may be given more than once. */
export const list = (given: Given, key: string): readonly string[] => (given[key] as readonly string[] | undefined) ?? [];

/** Reads an integer option. */
export function integer(given: Given, key: string, least = 0): number | undefined {
  const value = text(given, key);
  if (value === undefined) return undefined;
  const n = Number(value);
  return /^-?\d+$/.test(value) && Number.isSafeInteger(n) && n >= least ? n : wrong(key, value, `an integer of at least ${least}`);
}

/** Reads `--seed` of a verb on specs: any integer; undefined for the spec's own. */
export const seedOfSpec = (given: Given): number | undefined => integer(given, "seed", Number.MIN_SAFE_INTEGER);

/** Reads a positive number. */
export function positive(given: Given, key: string): number | undefined {
  const value = text(given, key);
  if (value === undefined) return undefined;
  const n = Number(value);
  return value.trim() !== "" && Number.isFinite(n) && n > 0 ? n : wrong(key, value, "a positive number");
}

/** Reads an option whose value is one of some words. */
function choice<T extends string>(given: Given, key: string, words: readonly T[], fallback: T): T {
  const value = text(given, key);
  if (value === undefined) return fallback;
  return words.includes(value as T) ? (value as T) : wrong(key, value, words.join(" or "));
}

/** Reads `--frozen a,b --frozen c`; undefined when it is absent. */
export const names = (given: Given, key: string): readonly string[] | undefined =>
  (given[key] as readonly string[] | undefined)?.flatMap((s) =>
    s
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== ""),
  );

/** Reads `--bind a=1,b=2 --bind c=3`. */
function dims(given: Given): Record<string, number> {
  const result: [string, number][] = [];
  for (const pair of list(given, "bind").flatMap((s) => s.split(","))) {
    const m = /^(.+)=(\d+)$/.exec(pair.trim());
    if (!m || !Number.isSafeInteger(Number(m[2]))) return wrong("bind", pair, "DIM=INT");
    result.push([m[1]!, Number(m[2])]);
  }
  return Object.fromEntries(result);
}

/** Reads `--set INPUT=VALUE`, which may be repeated; VALUE is a number, true or false. */
function fixedInputs(given: Given): Record<string, number> {
  const result: [string, number][] = [];
  for (const pair of list(given, "set")) {
    const m = /^(.+)=([^=]+)$/.exec(pair.trim());
    const value = m?.[2] === "true" ? 1 : m?.[2] === "false" ? 0 : Number(m?.[2]?.trim() || NaN);
    if (!m || !Number.isFinite(value)) return wrong("set", pair, "INPUT=NUMBER, a finite one");
    result.push([m[1]!, value]);
  }
  return Object.fromEntries(result);
}

/** Reads `--loss`; undefined when it is absent. */
export function lossOption(given: Given): LossSpec | "none" | undefined {
  const value = text(given, "loss");
  if (value === undefined || value === "none") return value;
  if (value === "cross-entropy" || value === "mse" || value === "sum") return { kind: value };
  if (value.startsWith("output:") && value.length > 7) return { kind: "output", name: value.slice(7) };
  return wrong("loss", value, "cross-entropy, mse, sum, output:NAME or none");
}

/** Reads the options that say how a user's network is bound. */
export const networkOptions = (given: Given): NetworkOptions => ({
  dims: dims(given),
  set: fixedInputs(given),
  output: text(given, "output"),
  dropoutSeed: integer(given, "dropout"),
  trainable: names(given, "trainable"),
  frozen: names(given, "frozen"),
  memoryLimit: memoryLimit(given),
  maxNodes: nodeLimit(),
});

/** Returns the element type of the arithmetic. */
export const dtypeOption = (given: Given): "float32" | "float64" => choice(given, "dtype", ["float32", "float64"] as const, "float32");

/** Returns the runtime that the options name. Errors: `runtime/…`. */
export const runtimeOption = (given: Given): (() => Promise<Runtime>) => {
  const { name, notice } = runtimeChoice(given);
  return () => {
    if (notice !== undefined) process.stderr.write(`isograd: ${notice}\n`);
    return openRuntime(name, { lowMemory: given["low-memory"] === true });
  };
};

/** Returns the runtime that is named, else the one that is installed, with a notice where that is not the usual one. */
export const runtimeChoice = (given: Given): Choice =>
  text(given, "runtime") === undefined ? installedRuntime() : { name: choice(given, "runtime", RUNTIMES, "node") };

/** Returns how many nodes a network may have: each takes about 6 KB of the JavaScript heap by the time it is differentiated, and a full heap ends the process. */
const nodeLimit = (): number => Math.floor(getHeapStatistics().heap_size_limit / 6144);

/** Returns the bytes that a run may use: `--max-memory`, else 75 % of what is free. */
export const memoryLimit = (given: Given): number => (positive(given, "max-memory") ?? 0) * 2 ** 30 || 0.75 * freemem();
