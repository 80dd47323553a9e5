import * as z from "zod";
import { withNonFinite } from "../util/json.js";

/** Numbers that JSON does not have, by the texts that stand for them in results. */
const NAMED = { NaN, Infinity, "-Infinity": -Infinity } as const;

const numberOf = (v: unknown): number | undefined =>
  typeof v === "number" ? v : typeof v === "string" && Object.hasOwn(NAMED, v) ? NAMED[v as keyof typeof NAMED] : undefined;

const message = 'expected a number, or "NaN", "Infinity", "-Infinity"';

/** Schema of a number, NaN and infinities included: in JSON these are the texts "NaN", "Infinity" and "-Infinity". */
export const real: z.ZodType<number> = z.custom<number>((v) => numberOf(v) !== undefined, message).transform((v) => numberOf(v)!);

/** Schema of a list of such numbers, checked as a whole because profiles have thousands. */
export const reals: z.ZodType<readonly number[]> = z
  .custom<readonly number[]>((v) => Array.isArray(v) && v.every((e) => numberOf(e) !== undefined), message)
  .transform((v) => v.map((e) => numberOf(e)!));

/** Schema of such a list in which elements may be null, where they are not defined. */
export const realsOrNull: z.ZodType<readonly (number | null)[]> = z
  .custom<readonly (number | null)[]>((v) => Array.isArray(v) && v.every((e) => e === null || numberOf(e) !== undefined), message)
  .transform((v) => v.map((e) => (e === null ? null : numberOf(e)!)));

/** Writes a result as JSON; numbers read back bit for bit (except −0, which becomes 0). */
export const resultJson = (result: unknown): string => JSON.stringify(result, withNonFinite);
