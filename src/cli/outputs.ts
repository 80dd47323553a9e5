import { refuseUnwritable, writeAll } from "../io/files.js";
import { text } from "./options.js";
import type { Given } from "./verb.js";

/** The files that a verb writes its page and its record to. */
export interface Outputs {
  readonly html: string | undefined;
  /** `-`: standard output. */
  readonly json: string | undefined;
}

/** Reads `--html` and `--json`. It refuses files that cannot be written, or that would overwrite an input or each other. */
export function outputsOf(given: Given, inputs: readonly (string | undefined)[] = []): Outputs {
  const [html, json] = [text(given, "html"), text(given, "json")];
  const read = inputs.filter((f) => f !== undefined);
  if (html !== undefined) refuseUnwritable(html, read);
  if (json !== undefined && json !== "-") refuseUnwritable(json, [...read, ...(html === undefined ? [] : [html])]);
  return { html, json };
}

/** The page and the record as text, each made when it is written; what makes pages is loaded for them alone. */
export interface Texts {
  readonly html?: () => Promise<string>;
  readonly json: () => string;
}

/** Writes page and record, both or neither; a record for standard output is printed. */
export async function writeOutputs(
  { html, json }: Outputs,
  texts: Texts,
  print: (text: string) => void = (text) => void process.stdout.write(text),
): Promise<void> {
  const files: (readonly [string, string])[] = [];
  if (html !== undefined && texts.html) files.push([html, await texts.html()]);
  if (json !== undefined && json !== "-") files.push([json, texts.json()]);
  const utf8 = new TextEncoder();
  await writeAll(files.map(([path, content]) => [path, [utf8.encode(content)]]));
  if (json === "-") print(texts.json());
}

/** Tells whether standard output shows colours. */
export const colourful = (): boolean => process.stdout.isTTY && process.env["NO_COLOR"] === undefined;
