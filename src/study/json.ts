import * as z from "zod";
import { IsogradError } from "../util/errors.js";

const NON_FINITE = ["NaN", "Infinity", "-Infinity"] as const;
type JsonNumber = number | (typeof NON_FINITE)[number];

/** A number in JSON: what is not finite is a string. */
export const real: z.ZodType<number, JsonNumber> = z
  .codec(
    z.union([z.number(), z.enum(NON_FINITE)]),
    z.custom<number>((v) => typeof v === "number"),
    {
      decode: (v: JsonNumber): number => Number(v),
      encode: (v: number): JsonNumber => (Number.isFinite(v) ? v : (String(v) as JsonNumber)),
    },
  )
  .meta({ id: "real", description: "A number; what is not finite is a string." });

/** A number in JSON, or null where it is not defined. */
export const optionalReal: z.ZodType<number | null, JsonNumber | null> = z
  .union([z.null(), real])
  .meta({ id: "optionalReal", description: "A number, or null where it is not defined." });

/** The record that a JSON text holds. Error `file/read` when it is none. `what`: "the record of a check-up"; `by`: what writes such. */
export function recordFrom<T>(
  text: string,
  schema: z.ZodType<T>,
  { what, name, by }: { readonly what: string; readonly name: string; readonly by: string },
): T {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new IsogradError("file/read", "this is not JSON", { expected: `a record of ${by}`, cause });
  }
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const [first] = result.error.issues;
  throw new IsogradError("file/read", `this JSON is not ${what}`, {
    at: first ? [first.path.map(String).join(".") || "(the whole)"] : [],
    expected: `schema ${name}`,
    ...(first ? { received: first.message } : {}),
    cause: result.error,
  });
}
