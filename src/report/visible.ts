import stringWidth from "string-width";
import wrapAnsi from "wrap-ansi";

// Everything that comes out of a file passes through here before it is shown: control characters, invisible characters and those
// that turn the direction of writing are written out, so that a name cannot move the cursor, hide itself or impersonate another.

/** A name on one line, every character of it visible; the middle of a very long one is cut. */
export function visible(name: string, longest = 300): string {
  const clean = name.replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, (c) => `\\u{${c.codePointAt(0)!.toString(16)}}`);
  return shorten(clean === "" ? "(no name)" : clean, longest);
}

/** A sentence on one line: white space is one space, none that parts a number from its %; other control characters are written out. */
export function prose(text: string): string {
  const line = text
    .replace(/\s+/g, " ")
    .trim()
    .replace(/(\d) %/g, "$1\u00a0%");
  return line === "" ? "" : visible(line, 2000);
}

const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });

/** What a reader takes for one character: a letter with its accents, an emoji of several parts. */
const characters = (text: string): readonly string[] => Array.from(segmenter.segment(text), (s) => s.segment);

/** Columns that a text takes on a terminal. */
export const columns = (text: string): number => stringWidth(text);

/** At most `longest` columns wide, the middle cut: the ends of a name tell more than its middle. */
export function shorten(text: string, longest: number): string {
  // No character takes more columns than twice its length.
  if (2 * text.length <= longest || columns(text) <= longest) return text;
  const all = characters(text);
  const tail: string[] = [];
  const head: string[] = [];
  let room = longest - 1;
  for (let i = 0; i < all.length; i++) {
    const fromEnd = i % 2 === 0;
    const c = fromEnd ? all[all.length - 1 - i / 2]! : all[(i - 1) / 2]!;
    const width = columns(c);
    if (width > room) break;
    room -= width;
    if (fromEnd) tail.unshift(c);
    else head.push(c);
  }
  return `${head.join("")}…${tail.join("")}`;
}

/** Padded to a number of columns, or cut to it. */
export function padTo(text: string, width: number, align: "left" | "right" = "left"): string {
  const short = shorten(text, width);
  const space = " ".repeat(Math.max(0, width - columns(short)));
  return align === "left" ? short + space : space + short;
}

/** No line is narrower than this, however little room there is. */
const NARROWEST = 8;

/** Lines of at most `width` columns, spaces between words once. Words longer than a line are broken. */
export function wrap(text: string, width: number): string[] {
  const line = text.split(" ").filter((word) => word !== "");
  return wrapAnsi(line.join(" "), Math.max(NARROWEST, width), { hard: true }).split("\n");
}
