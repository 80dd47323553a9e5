import * as z from "zod";

type Json = Readonly<Record<string, unknown>>;

/** What a field of a spec may be, in words. */
export function allowed(schema: z.ZodType): string {
  return words(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }));
}

/** The same in a word or two, for tables. */
export function kindOf(schema: z.ZodType): string {
  const json = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Json;
  return (json["title"] as string | undefined) ?? words(json);
}

function words(s: Json): string {
  const options = (s["anyOf"] ?? s["oneOf"]) as readonly Json[] | undefined;
  if (options) return options.map(words).join(" or ");
  const names = s["enum"] as readonly unknown[] | undefined;
  if (names) return names.map((v) => String(v)).join(", ");
  if (s["const"] !== undefined) return JSON.stringify(s["const"]);
  switch (s["type"]) {
    case "integer":
    case "number":
      return numberWords(s);
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

/** Bounds from here on only keep nonsense out. */
const LARGEST = 1_000_000;

function numberWords(s: Json): string {
  const noun = s["type"] === "integer" ? "an integer" : "a number";
  const [above, least, most] = [s["exclusiveMinimum"], s["minimum"], s["maximum"]] as readonly (number | undefined)[];
  const low = above !== undefined ? (s["type"] === "integer" ? above + 1 : undefined) : least;
  const bounded = (v: number | undefined): v is number => v !== undefined && Math.abs(v) < LARGEST;
  if (bounded(low) && bounded(most)) return `${noun} from ${low} to ${most}`;
  if (bounded(low)) return `${noun} of at least ${low}`;
  if (above !== undefined && bounded(above)) return `${noun} above ${above}`;
  return bounded(most) ? `${noun} of at most ${most}` : noun;
}

/** What a field is when a spec does not say, as JSON; undefined where the description tells. */
export function defaultOf(schema: z.ZodType): string | undefined {
  const found = schema.safeParse(undefined);
  return found.success && found.data !== undefined ? JSON.stringify(withoutUndefined(schema)) : undefined;
}

/** The default as one would write it. */
function withoutUndefined(schema: z.ZodType): unknown {
  const json = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Json;
  return json["default"] ?? schema.parse(undefined);
}
