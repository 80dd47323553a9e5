import * as z from "zod";

type Json = Readonly<Record<string, unknown>>;

/** Describes in words which values a field of a spec may have, for errors. */
export function allowed(schema: z.ZodType): string {
  return inWords(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }));
}

/** Describes them in a word or two, for tables: the schema's title where it has one. */
export function kindOf(schema: z.ZodType): string {
  const json = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Json;
  return (json["title"] as string | undefined) ?? inWords(json);
}

function inWords(s: Json): string {
  const options = (s["anyOf"] ?? s["oneOf"]) as readonly Json[] | undefined;
  if (options) return options.map(inWords).join(" or ");
  const names = s["enum"] as readonly unknown[] | undefined;
  if (names) return names.map((v) => String(v)).join(", ");
  if (s["const"] !== undefined) return JSON.stringify(s["const"]);
  switch (s["type"]) {
    case "integer":
    case "number":
      return numberInWords(s);
    case "boolean":
      return "true or false";
    case "null":
      return "null";
    case "string":
      return "text";
    case "array": {
      const items = s["prefixItems"] as readonly Json[] | undefined;
      return items ? `a list of ${items.length} numbers` : "a list of numbers";
    }
    case "object":
      return `{ ${Object.keys(s["properties"] ?? {}).join(", ")} }`;
    default:
      return "a value";
  }
}

/** Bounds of this size or more only exclude absurd values, and are not mentioned. */
const LARGEST = 500_000;

function numberInWords(s: Json): string {
  const noun = s["type"] === "integer" ? "an integer" : "a number";
  const [above, least, most] = [s["exclusiveMinimum"], s["minimum"], s["maximum"]] as readonly (number | undefined)[];
  const low = above !== undefined ? (s["type"] === "integer" ? above + 1 : undefined) : least;
  const bounded = (v: number | undefined): v is number => v !== undefined && Math.abs(v) < LARGEST;
  if (bounded(low) && bounded(most)) return `${noun} from ${low} to ${most}`;
  if (bounded(low)) return `${noun} of at least ${low}`;
  if (above !== undefined && bounded(above)) return `${noun} above ${above}`;
  return bounded(most) ? `${noun} of at most ${most}` : noun;
}

/** Returns the default of a field as JSON; undefined where it has none, and its description says what happens. */
export function defaultOf(schema: z.ZodType): string | undefined {
  const found = schema.safeParse(undefined);
  return found.success && found.data !== undefined ? JSON.stringify(withoutUndefined(schema)) : undefined;
}

/** Returns the default as a spec would write it, before any transformation. */
function withoutUndefined(schema: z.ZodType): unknown {
  const json = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Json;
  return json["default"] ?? schema.parse(undefined);
}
