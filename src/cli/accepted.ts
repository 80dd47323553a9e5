import { existsSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import * as z from "zod";
import { readBytes } from "../io/files.js";
import type { Acceptance } from "../study/accept.js";
import { acceptances, entriesIn } from "../study/accept.js";
import { IsogradError, nearest } from "../util/errors.js";
import { list } from "./options.js";
import type { Given } from "./verb.js";

/** The file that says what a team has accepted, beside a model or in the working folder. */
const FILE = "isograd.json";

/** The most bytes that it may have. */
const MOST_BYTES = 2 ** 20;

const KEYS = ["ignore"] as const;
const schema = z.object({ ignore: z.array(z.string()).optional() });

/** Returns what is accepted of a model: by `--ignore`, by the isograd.json beside it, and by that of the working folder. Errors `usage/option`, `file/read`. */
export function acceptedOf(model: string, given: Given): readonly Acceptance[] {
  const option = list(given, "ignore").flatMap(entriesIn);
  const files = new Set([dirname(resolve(model)), process.cwd()].map((folder) => join(folder, FILE)));
  return acceptances([
    ...option.map((entry) => ({ entry, by: "--ignore" })),
    ...[...files].filter((f) => existsSync(f)).flatMap((f) => entriesOf(relative(process.cwd(), f))),
  ]);
}

function entriesOf(path: string): readonly Acceptance[] {
  const fix = `write { "ignore": ["norm-folded", "dead-units@layer3"] }`;
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(readBytes(path, MOST_BYTES)));
  } catch (cause) {
    if (cause instanceof IsogradError) throw cause;
    throw new IsogradError("usage/option", "it is no JSON", { at: [path], received: (cause as Error).message, fix });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new IsogradError("usage/option", "it holds no JSON object", { at: [path], fix });
  const unknown = Object.keys(value).find((key) => !KEYS.includes(key as (typeof KEYS)[number]));
  if (unknown !== undefined)
    throw new IsogradError("usage/option", `there is no key "${unknown}"`, {
      at: [path],
      expected: KEYS.join(", "),
      ...(nearest(unknown, KEYS) === undefined ? { fix } : { fix: `did you mean "${nearest(unknown, KEYS)!}"?` }),
    });
  const parsed = schema.safeParse(value);
  if (!parsed.success)
    throw new IsogradError("usage/option", `"ignore" is no list of strings`, { at: [path], expected: "RULE or RULE@SITE in each", fix });
  return (parsed.data.ignore ?? []).map((entry) => ({ entry, by: path }));
}
