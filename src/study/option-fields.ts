import * as z from "zod";
import { IsogradError, nearest } from "../util/errors.js";

// Options as schemas: what TypeScript would have refused is refused in a sentence, for programs without types.

/** A schema for each option of a use case, with the words for what it takes. */
export type OptionFields<T> = { readonly [K in keyof T]-?: z.ZodType };

export const test = (words: string, ok: (value: unknown) => boolean): z.ZodType => z.custom(ok).describe(words);

const isFinite = (v: unknown): v is number => typeof v === "number" && Number.isFinite(v);
const isList = (v: unknown, each: (item: unknown) => boolean): v is readonly unknown[] => Array.isArray(v) && v.every(each);
const isRecord = (v: unknown): v is Readonly<Record<string, unknown>> => typeof v === "object" && v !== null && !Array.isArray(v);

/** What another check looks at, such as a runtime or a network. */
export const elsewhere: z.ZodType = z.unknown();
export const text: z.ZodType = test("text", (v) => typeof v === "string");
export const texts: z.ZodType = test("a list of texts", (v) => isList(v, (item) => typeof item === "string"));
export const flag: z.ZodType = test("true or false", (v) => typeof v === "boolean");
export const callback: z.ZodType = test("a function", (v) => typeof v === "function");
export const abortSignal: z.ZodType = test("an AbortSignal", (v) => isRecord(v) && typeof v["aborted"] === "boolean");
export const tensors: z.ZodType = test("a Map of tensors by name", (v) => v instanceof Map);
/** A seed of what is drawn. */
export const seed: z.ZodType = test("a whole number", (v) => Number.isSafeInteger(v));
export const wholeFrom = (least: number): z.ZodType =>
  test(`a whole number of at least ${least}`, (v) => Number.isSafeInteger(v) && (v as number) >= least);
export const positive: z.ZodType = test("a positive number", (v) => isFinite(v) && v > 0);
/** A number of bytes; none where it is infinite. */
export const bytes: z.ZodType = test("a positive number of bytes, or Infinity", (v) => typeof v === "number" && v > 0);
export const oneOf = (...words: readonly string[]): z.ZodType => test(words.join(" or "), (v) => words.includes(v as string));
export const sizesByName: z.ZodType = test("an object of whole numbers by name", (v) =>
  isRecord(v) && Object.values(v).every((n) => Number.isSafeInteger(n) && (n as number) >= 0));
export const numbersByName: z.ZodType = test("an object of finite numbers by name", (v) => isRecord(v) && Object.values(v).every(isFinite));
export const listOf = (words: string, least: number, each: (item: unknown) => boolean): z.ZodType =>
  test(`a list of ${least > 0 ? `at least ${least} ` : ""}${words}`, (v) => isList(v, each) && v.length >= least);
/** Numbers along an axis. */
export const ascending: z.ZodType = test("a list of at least one number, each larger than the one before", (v) =>
  isList(v, isFinite) && v.length > 0 && v.every((n, i) => i === 0 || (n as number) > (v[i - 1] as number)));
export const objectOf = (fields: Readonly<Record<string, z.ZodType>>): z.ZodType =>
  test(`{ ${Object.entries(fields)
    .map(([key, f]) => `${key}: ${f.description ?? "a value"}`)
    .join(", ")} }`, (v) => isRecord(v) && Object.entries(fields).every(([key, f]) => f.safeParse(v[key]).success));

const LOSSES = ["cross-entropy", "mse", "sum"];
export const loss = (none: boolean): z.ZodType =>
  test(`{ kind: "cross-entropy" }, { kind: "mse" }, { kind: "sum" } or { kind: "output", name }${none ? ', or "none"' : ""}`, (v) =>
    (none && v === "none") || (isRecord(v) && (LOSSES.includes(v["kind"] as string) || (v["kind"] === "output" && typeof v["name"] === "string"))));

/** Refuses options that there are not, and values that they do not take. Error `usage/option`. */
export function requireOptions<T>(by: string, given: T, fields: OptionFields<T>): void {
  if (!isRecord(given)) throw new IsogradError("usage/option", `${by} takes an object of options`, { received: shown(given) });
  const known = fields as Readonly<Record<string, z.ZodType>>;
  for (const [key, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const field = Object.hasOwn(known, key) ? known[key] : undefined;
    if (field === undefined) {
      const near = nearest(key, Object.keys(known));
      throw new IsogradError("usage/option", `${by} has no option "${key}"`, {
        expected: Object.keys(known).join(", "),
        ...(near === undefined ? {} : { fix: `did you mean "${near}"?` }),
      });
    }
    if (!field.safeParse(value).success)
      throw new IsogradError("usage/option", `the option "${key}" of ${by} is not valid`, {
        ...(field.description === undefined ? {} : { expected: field.description }),
        received: shown(value),
      });
  }
  for (const [key, field] of Object.entries(known)) {
    if (given[key] === undefined && required.has(field))
      throw new IsogradError(
        "usage/option",
        `${by} needs the option "${key}"`,
        field.description === undefined ? {} : { expected: field.description },
      );
  }
}

const required = new WeakSet<z.ZodType>();

/** The same schema for an option that must be given. */
export function needed(field: z.ZodType): z.ZodType {
  const own = z.custom((v) => field.safeParse(v).success).describe(field.description ?? "a value");
  required.add(own);
  return own;
}

/** Writes a value briefly. */
function shown(value: unknown): string {
  if (typeof value === "function") return "a function";
  const json = typeof value === "number" ? String(value) : (JSON.stringify(value) as string | undefined);
  return json === undefined ? "nothing" : json.length > 60 ? `${json.slice(0, 60)}…` : json;
}
