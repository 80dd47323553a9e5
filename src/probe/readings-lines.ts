import * as z from "zod";
import { SITE_KINDS, siteSchema } from "../graph/site.js";
import { IsogradError } from "../util/errors.js";
import { withNonFinite } from "../util/json.js";
import { QUANTITY_NAMES, unitOf } from "./quantities.js";
import type { Unit } from "./quantities.js";
import { Readings, WHOLE_BATCH } from "./readings.js";
import type { Reading } from "./readings.js";

// Readings as JSON Lines. A line declares a place, with the number that later lines name it by, or holds readings of one quantity at one place and moment:
//   {"declare":3,"kind":"value","name":"/fc1/Relu_output_0","module":"fc1","nodes":["/fc1/Relu"]}
//   {"quantity":"ln-gradient","site":3,"step":0,"batch":0,"example":[0,1],"value":[-2.5,"-Infinity"],"unit":"ln"}
//   {"quantity":"ln-gradient","site":"layer1","step":20,"value":-3.5}
// The last is what another program's log may hold: the place by its name, and of the rest what it knows. Numbers that are not finite are strings.
// Lines that say what run it is, or that a checkpoint was written, are no readings:
//   {"run":{…}}
//   {"checkpoint":470}

const whole = z.number().int().nonnegative().max(0x7fffffff);

type Logged = number | "NaN" | "Infinity" | "-Infinity";
const isLogged = (v: unknown): v is Logged => typeof v === "number" || v === "NaN" || v === "Infinity" || v === "-Infinity";
/** One number or several, as a list. */
const numbers = z
  .custom<Logged | readonly Logged[]>((v) => (Array.isArray(v) ? v.every(isLogged) : isLogged(v)), "neither a number nor a list of them")
  .transform((v) => [v].flat().map(Number));

const declaration = z.intersection(z.looseObject({ declare: whole }), siteSchema);

const entry = z.object({
  quantity: z.enum(QUANTITY_NAMES),
  site: z.union([whole, z.string()]),
  /** What a place that is named is. */
  kind: z.enum(SITE_KINDS).default("value"),
  step: whole.default(0),
  batch: whole.default(0),
  example: z.union([whole, z.array(whole)]).optional(),
  value: numbers,
  unit: z.custom<Unit>((v) => typeof v === "string").optional(),
});

/** A reading as another program logs it: the place by its name, the rest as far as it is known. */
export type LoggedReading = z.input<typeof entry>;

/** Yields readings as lines of JSON, in the order in which they were added. Places are declared in the order of their table, before their readings. */
export function* readingLines(readings: Readings): Generator<string, void> {
  const next = readingLinesSince(readings);
  yield* next();
}

/** Returns a function that yields the lines of the readings, and of the places, that were added since its last call, or since there were `from` so many. */
export function readingLinesSince(
  readings: Readings,
  from: { readonly sites: number; readonly readings: number } = { sites: 0, readings: 0 },
): () => Generator<string, void> {
  let [declared, i] = [from.sites, from.readings];
  const line = (fields: object): string => JSON.stringify(fields, withNonFinite);
  const declarations = (end: number): readonly string[] =>
    readings.sites.slice(declared, Math.max(declared, end)).map((site) => line({ declare: declared++, ...site }));
  return function* () {
    while (i < readings.length) {
      const first = readings.get(i);
      const group = [first];
      while (++i < readings.length && together(first, readings.get(i))) group.push(readings.get(i));
      const { quantity, site, step, batch, unit } = first;
      yield* declarations(site + 1);
      const rows =
        first.example === WHOLE_BATCH ? { value: first.value } : { example: group.map((r) => r.example), value: group.map((r) => r.value) };
      yield line({ quantity, site, step, batch, ...rows, unit });
    }
    yield* declarations(readings.sites.length);
  };
}

/** Tells whether two readings of examples differ by the example only. */
const together = (a: Reading, b: Reading): boolean =>
  a.example !== WHOLE_BATCH &&
  b.example !== WHOLE_BATCH &&
  a.quantity === b.quantity &&
  a.site === b.site &&
  a.step === b.step &&
  a.batch === b.batch;

/** Returns the readings that lines of JSON hold; empty lines are passed over. Error `file/read`, which names the line. */
export function readingsFromLines(text: string): Readings {
  const lines = text.split("\n").flatMap((line, i) => (line.trim() === "" ? [] : [{ line, at: `line ${i + 1}` }]));
  return collected(
    lines.map(({ line, at }) => {
      try {
        return { at, value: JSON.parse(line) as unknown };
      } catch (cause) {
        throw new IsogradError("file/read", "this is not JSON", { at: [at], expected: "one reading a line", cause });
      }
    }),
  );
}

/** Returns the readings of a log; places get their numbers in the order in which they first occur. Error `file/read`, which names the entry. */
export const readingsFromLog = (log: Iterable<LoggedReading>): Readings => collected([...log].map((value, i) => ({ at: `entry ${i + 1}`, value })));

function collected(parts: readonly { readonly at: string; readonly value: unknown }[]): Readings {
  const readings = new Readings();
  const declared = new Map<number, number>();
  const named = new Map<string, number>();
  for (const { at, value } of parts) {
    if (typeof value === "object" && value !== null && ("run" in value || "checkpoint" in value)) continue;
    if (typeof value === "object" && value !== null && "declare" in value) {
      const { declare, ...site } = parsed(declaration, value, at);
      declared.set(declare, readings.addSite(site));
      continue;
    }
    const read = parsed(entry, value, at);
    if (read.unit !== undefined && read.unit !== unitOf(read.quantity))
      throw refusal(`${read.quantity} in another unit`, at, unitOf(read.quantity), read.unit);
    const site = typeof read.site === "number" ? declared.get(read.site) : namedSite(readings, named, read.kind, read.site);
    if (site === undefined) throw refusal("a place that no line before declares", at, "a declared place, or a name", String(read.site));
    const examples = read.example === undefined ? [WHOLE_BATCH] : [read.example].flat();
    if (examples.length !== read.value.length)
      throw refusal("examples and values differ in number", at, String(examples.length), String(read.value.length));
    read.value.forEach((v, k) => readings.add(read.quantity, site, v, { step: read.step, batch: read.batch, example: examples[k]! }));
  }
  return readings;
}

/** Returns the number of a place by its name, and adds it to the table where it is new. */
function namedSite(readings: Readings, known: Map<string, number>, kind: (typeof SITE_KINDS)[number], name: string): number {
  const key = `${kind} ${name}`;
  const site = known.get(key) ?? readings.addSite({ kind, name, nodes: [] });
  known.set(key, site);
  return site;
}

function parsed<T>(schema: z.ZodType<T>, value: unknown, at: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [first] = result.error.issues;
  throw new IsogradError("file/read", "this is no reading", {
    at: [at, ...(first && first.path.length > 0 ? [first.path.map(String).join(".")] : [])],
    expected: "quantity, site and value",
    ...(first ? { received: first.message } : {}),
    cause: result.error,
  });
}

const refusal = (what: string, at: string, expected: string, received: string): IsogradError =>
  new IsogradError("file/read", what, { at: [at], expected, received });
