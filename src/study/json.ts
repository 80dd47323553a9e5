import * as z from "zod";
import { IsogradError } from "../util/errors.js";
import { withNonFinite } from "../util/json.js";

/** What a kind of record is called. */
export interface RecordKind {
  /** In a sentence: "the record of a check-up". */
  readonly what: string;
  /** Its `schema` field: "isograd/check/1". */
  readonly name: string;
  /** The command that writes it. */
  readonly by: string;
}

/** Returns the JSON schema of a record, draft 2020-12, as it is published in docs/. */
export const jsonSchema = (schema: z.ZodType): Record<string, unknown> => z.toJSONSchema(schema, { io: "input" });

/** Returns the record as JSON text: numbers that are not finite are the strings "NaN", "Infinity", "-Infinity". */
export const recordJson = (record: object): string => `${JSON.stringify(record, withNonFinite, 2)}\n`;

/** Returns the record that a JSON text holds. Error `file/read` when it is none. */
export function recordFrom<T>(text: string, schema: z.ZodType<T>, { what, name, by }: RecordKind): T {
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
