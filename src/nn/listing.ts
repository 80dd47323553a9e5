import type { Architecture } from "./architecture.js";
import { ARCHITECTURES } from "./architectures/index.js";
import { defaultOf, kindOf } from "./describe.js";
import { COMMON_FIELDS } from "./spec.js";

/** Describes one field of an architecture in words. */
export interface FieldText {
  readonly name: string;
  readonly allowed: string;
  /** The default as JSON; undefined where the description gives it. */
  readonly default: string | undefined;
  readonly description: string;
}

/**
 * Describes the fields of an architecture, without those that all architectures have.
 * @public Read by tools/nets-table.mjs.
 */
export const fieldTexts = (fields: Architecture["fields"]): readonly FieldText[] =>
  Object.entries(fields).map(([name, schema]) => ({
    name,
    allowed: kindOf(schema),
    default: defaultOf(schema),
    description: schema.description ?? "",
  }));

/** Lists architectures and their fields as text of at most `columns` columns, as `isograd net --list` prints it. */
export function listing(architectures: readonly Architecture[] = ARCHITECTURES, columns = 100): string {
  const one = (title: string, summary: string, fields: Architecture["fields"]): string =>
    [title, ...wrapped(summary, "  ", columns), ...fieldTexts(fields).flatMap((f) => fieldLines(f, columns))].join("\n");
  return `${[...architectures.map((a) => one(a.name, a.summary, a.fields)), one("every architecture", "Fields that all architectures have.", COMMON_FIELDS)].join("\n\n")}\n`;
}

function fieldLines(f: FieldText, columns: number): readonly string[] {
  const value = f.default === undefined ? "" : ` = ${f.default}`;
  return [`    ${f.name}${value}`, ...wrapped(`${f.description}; ${f.allowed}`, "        ", columns)];
}

function wrapped(text: string, indent: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let line = indent.slice(1);
  for (const word of text.split(" ")) {
    if (line.length + 1 + word.length > columns && line.length >= indent.length) {
      lines.push(line);
      line = indent.slice(1);
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}
