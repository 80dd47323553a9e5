import * as z from "zod";
import { withNonFinite } from "../util/json.js";

/** Numbers that JSON cannot hold, as a result writes them. */
const NAMED = { NaN, Infinity, "-Infinity": -Infinity } as const;

const numberOf = (v: unknown): number | undefined =>
  typeof v === "number" ? v : typeof v === "string" && Object.hasOwn(NAMED, v) ? NAMED[v as keyof typeof NAMED] : undefined;

const message = 'expected a number, or "NaN", "Infinity", "-Infinity"';

/** A number, NaN and infinities included: in JSON these are the texts "NaN", "Infinity" and "-Infinity". */
export const real: z.ZodType<number> = z.custom<number>((v) => numberOf(v) !== undefined, message).transform((v) => numberOf(v)!);

/** A list of them, checked in one go: profiles have thousands. */
export const reals: z.ZodType<readonly number[]> = z
  .custom<readonly number[]>((v) => Array.isArray(v) && v.every((e) => numberOf(e) !== undefined), message)
  .transform((v) => v.map((e) => numberOf(e)!));

/** The same where an element may be null: not defined there. */
export const realsOrNull: z.ZodType<readonly (number | null)[]> = z
  .custom<readonly (number | null)[]>((v) => Array.isArray(v) && v.every((e) => e === null || numberOf(e) !== undefined), message)
  .transform((v) => v.map((e) => (e === null ? null : numberOf(e)!)));

/** A result as JSON text; numbers read back bit for bit (but −0, which is 0). */
export const resultJson = (result: unknown): string => JSON.stringify(result, withNonFinite);
