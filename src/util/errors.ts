import { gibibytes } from "./format.js";

/**
 * Every way in which isograd refuses, as a closed set of `area/what` codes.
 * A user's mistake always surfaces as an {@link IsogradError}; anything else that escapes is a bug of ours.
 */
export type ErrorCode =
  | "usage/option"
  | "spec/invalid"
  | "file/read"
  | "file/write"
  | "onnx/not-onnx"
  | "onnx/invalid"
  | "onnx/version"
  | "onnx/external-data"
  | "safetensors/invalid"
  | "checkpoint/invalid"
  | "checkpoint/part"
  | "graph/invalid"
  | "op/unsupported"
  | "op/attribute"
  | "op/input"
  | "op/not-constant"
  | "bind/dim"
  | "bind/input"
  | "batch/missing"
  | "batch/shape"
  | "batch/dtype"
  | "batch/value"
  | "loss/kind"
  | "loss/shape"
  | "autodiff/not-differentiable"
  | "memory/limit"
  | "runtime/unavailable"
  | "runtime/failed"
  | "data/missing"
  | "data/invalid"
  | "run/taken"
  | "run/other"
  | "store/failed"
  | "trial/failed"
  | "internal/bug";

/** What an {@link IsogradError} is made of. */
export interface ErrorParts {
  /** Where: from the outside in, e.g. `["model.onnx", "layer1", "Conv_12"]`. */
  readonly at?: readonly string[];
  /** What was expected, as a noun phrase. */
  readonly expected?: string;
  /** What came instead. */
  readonly received?: string;
  /** The likely fix, as an imperative sentence without a full stop. */
  readonly fix?: string;
  /** The value of the graph that it is about. It is not printed: `what` names it. */
  readonly value?: string;
  readonly cause?: unknown;
}

/**
 * The only error type that isograd throws on purpose: a code, a sentence, the place, and the likely fix.
 * `message` is one line, ready for stderr.
 */
export class IsogradError extends Error {
  readonly code: ErrorCode;
  readonly what: string;
  readonly at: readonly string[];
  readonly parts: ErrorParts;

  constructor(code: ErrorCode, what: string, parts: ErrorParts = {}) {
    super(render(what, parts), parts.cause === undefined ? undefined : { cause: parts.cause });
    this.name = "IsogradError";
    this.code = code;
    this.what = what;
    this.at = parts.at ?? [];
    this.parts = parts;
  }

  /** Returns the same error seen from one level further out: `place` is put before the path. */
  within(place: string): IsogradError {
    if (this.at[0] === place) return this;
    return new IsogradError(this.code, this.what, { ...this.parts, at: [place, ...this.at] });
  }
}

function render(what: string, p: ErrorParts): string {
  const place = p.at && p.at.length > 0 ? `${p.at.map(printable).join(" ▸ ")}: ` : "";
  const mismatch =
    p.expected !== undefined || p.received !== undefined
      ? ` (${[p.expected && `expected ${p.expected}`, p.received && `got ${p.received}`].filter(Boolean).join(", ")})`
      : "";
  const fix = p.fix ? `. ${begun(p.fix)}${/[.?!]$/.test(p.fix) ? "" : "."}` : ".";
  return printable(`${place}${what}${mismatch}${fix}`);
}

/** What a command or code begins with: a program, or a word with other characters than a sentence has in it, such as `torch.onnx.export(…)`. */
const TYPED = /^(?:(?:npx|npm|node|git|isograd|pip|python3?|curl)\s|--|[\p{L}\d]+[._(=/]\p{L})/u;

/** Returns a sentence that begins with a capital letter; what is typed stays as it is. */
const begun = (text: string): string => (TYPED.test(text) ? text : text.slice(0, 1).toUpperCase() + text.slice(1));

/** Returns `text` on one line, with control characters as escapes, cut at 2,000 characters: safe to print whatever a file named its nodes. */
export function printable(text: string): string {
  const clean = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`);
  return clean.length > 2000 ? `${clean.slice(0, 2000)}…` : clean;
}

/** Throws `internal/bug` when `condition` is false: for what no input may bring about. */
export function invariant(condition: unknown, what: string): asserts condition {
  if (!condition) throw new IsogradError("internal/bug", `isograd broke its own rule: ${what}`, { fix: "please report this with the file" });
}

/** Refuses what would take more memory than allowed: `what` ends in "take". Error `memory/limit`. */
export function refuseBytes(what: string, bytes: number, limit: number): never {
  throw new IsogradError("memory/limit", `${what} ${gibibytes(bytes)} of memory`, {
    expected: `at most ${gibibytes(limit)}`,
    fix: "use a smaller batch or smaller dims, or raise --max-memory",
  });
}

/** Returns the member of `options` nearest to `word` by edit distance, when near enough to be a typo. */
export function nearest(word: string, options: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const option of options) {
    if (Math.abs(option.length - word.length) >= bestDistance || word.length > 200) continue;
    const d = editDistance(word.toLowerCase(), option.toLowerCase());
    if (d < bestDistance) {
      best = option;
      bestDistance = d;
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
