import * as z from "zod";
import { IsogradError } from "../util/errors.js";

export { optionalReal, real } from "../util/json.js";

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
