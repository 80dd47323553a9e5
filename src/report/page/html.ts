// Markup is made by tagged templates alone: what is interpolated is text and gets escaped, unless a template made it. The type `Html` cannot be
// made elsewhere, and the template knows where a hole stands, so that neither content nor an attribute can be broken out of.

const MARKUP: unique symbol = Symbol("markup");

/** Markup that is safe to put on a page. */
export interface Html {
  readonly [MARKUP]: string;
}

/** What a template takes: text and numbers are escaped, markup passes, lists are joined, and what is undefined, null or false is nothing. */
export type Content = Html | string | number | undefined | null | false | readonly Content[];

/** Markup as text, to be written to a file. */
export const markupOf = (html: Html): string => html[MARKUP];

/** Takes a string for markup as it is. For the style sheet and the script of the page, which are ours, and for nothing else. */
export const raw = (markup: string): Html => ({ [MARKUP]: markup });

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const escaped = (text: string): string => text.replace(/[&<>"']/g, (c) => ENTITIES[c]!);

const isHtml = (value: Content): value is Html => typeof value === "object" && value !== null && MARKUP in value;

/** Array.isArray does not know read-only lists. */
const isList = (value: Content): value is readonly Content[] => Array.isArray(value);

/** Where a hole of a template stands: between tags, inside a tag's brackets, or inside the quotes of an attribute. */
type Place = "content" | "tag" | "attribute";

interface Template {
  readonly parts: readonly string[];
  /** One for each hole. */
  readonly places: readonly Place[];
}

const templates = new WeakMap<TemplateStringsArray, Template>();

/** Reads a template once: line breaks with their indentation are layout of the program and fall away. Throws where an attribute has no quotes. */
function read(strings: TemplateStringsArray): Template {
  const parts = strings.map((s) => s.replace(/\n\s*/g, ""));
  const places: Place[] = [];
  let quote = "";
  let inTag = false;
  parts.forEach((part, i) => {
    for (const [mark] of part.matchAll(/<(?=[a-zA-Z/!])|["'>]/g)) {
      if (quote !== "") quote = mark === quote ? "" : quote;
      else if (!inTag) inTag = mark === "<";
      else if (mark === ">") inTag = false;
      else if (mark !== "<") quote = mark;
    }
    if (i === parts.length - 1) return;
    if (inTag && quote === "" && part.endsWith("=")) throw new TypeError(`an attribute needs quotes: ${part}`);
    places.push(quote !== "" ? "attribute" : inTag ? "tag" : "content");
  });
  if (inTag || quote !== "") throw new TypeError(`a tag stays open: ${parts.join("…")}`);
  return { parts, places };
}

/** The markup of what stands in a hole. Throws for markup inside quotes and for text between the attributes of a tag. */
function filled(value: Content, place: Place): string {
  if (value === undefined || value === null || value === false) return "";
  if (isList(value)) return value.map((v) => filled(v, place)).join("");
  if (isHtml(value)) {
    if (place === "attribute") throw new TypeError("the value of an attribute is text, not markup");
    return value[MARKUP];
  }
  if (place === "tag") throw new TypeError("attributes are written by attributes(), not as text");
  return escaped(String(value));
}

/** A template of HTML: html`<td>${text}</td>`. Line breaks in it, with the indentation behind them, are left out. */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Html {
  const known = templates.get(strings);
  const template = known ?? read(strings);
  if (!known) templates.set(strings, template);
  let out = template.parts[0]!;
  values.forEach((value, i) => {
    out += filled(value, template.places[i]!) + template.parts[i + 1]!;
  });
  return raw(out);
}

/**
 * The same for what stands inside an <svg>.
 * @alias
 */
export const svg: typeof html = html;

/** Attributes of a tag, for html`<td${attributes({ class: "l" })}>`: those that are undefined or false are left out, true has no value. */
export function attributes(all: Readonly<Record<string, string | number | boolean | undefined>>): Html {
  const written = Object.entries(all).map(([name, value]) => {
    if (!/^[a-zA-Z][\w:-]*$/.test(name)) throw new TypeError(`no name of an attribute: ${name}`);
    return value === undefined || value === false ? "" : value === true ? ` ${name}` : ` ${name}="${escaped(String(value))}"`;
  });
  return raw(written.join(""));
}

/** The parts that are not empty, with something between them. */
export function joined(parts: readonly Html[], between: string | Html): Html {
  const text = typeof between === "string" ? escaped(between) : between[MARKUP];
  return raw(
    parts
      .map((p) => p[MARKUP])
      .filter((p) => p !== "")
      .join(text),
  );
}
