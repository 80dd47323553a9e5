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

/** At most `longest` columns wide, the middle cut: the ends of a name tell more than its middle. */
export function shorten(text: string, longest: number): string {
  if (columns(text) <= longest) return text;
  const characters = Array.from(text);
  const tail: string[] = [];
  const head: string[] = [];
  let room = longest - 1;
  for (let i = 0; i < characters.length; i++) {
    const fromEnd = i % 2 === 0;
    const c = fromEnd ? characters[characters.length - 1 - i / 2]! : characters[(i - 1) / 2]!;
    const width = widthOf(c);
    if (width > room) break;
    room -= width;
    if (fromEnd) tail.unshift(c);
    else head.push(c);
  }
  return `${head.join("")}…${tail.join("")}`;
}

const ASCII = /^[ -~]*$/;

/** Columns that a text takes on a terminal. */
export function columns(text: string): number {
  if (ASCII.test(text)) return text.length;
  let n = 0;
  for (const c of text) n += widthOf(c);
  return n;
}

/** Padded to a number of columns, or cut to it. */
export function padTo(text: string, width: number, align: "left" | "right" = "left"): string {
  const short = shorten(text, width);
  const space = " ".repeat(Math.max(0, width - columns(short)));
  return align === "left" ? short + space : space + short;
}

/** Lines of at most `width` columns; `indent` stands before each but the first. Words longer than a line are broken. */
export function wrap(text: string, width: number, indent = ""): string[] {
  const lines: string[] = [];
  let line = "";
  const room = (): number => Math.max(8, width - (lines.length === 0 ? 0 : columns(indent)));
  const flush = (): void => {
    lines.push(lines.length === 0 ? line : indent + line);
    line = "";
  };
  for (const word of text.split(" ").filter((w) => w !== "")) {
    let rest = word;
    if (line !== "" && columns(line) + 1 + columns(rest) > room()) flush();
    while (columns(rest) > room() && line === "") {
      line = take(rest, room());
      rest = rest.slice(line.length);
      flush();
    }
    if (rest !== "") line = line === "" ? rest : `${line} ${rest}`;
  }
  if (line !== "" || lines.length === 0) flush();
  return lines;
}

function take(text: string, width: number): string {
  let out = "";
  let n = 0;
  for (const c of text) {
    n += widthOf(c);
    if (n > width) break;
    out += c;
  }
  return out;
}

function widthOf(c: string): number {
  if (/\p{M}/u.test(c)) return 0;
  const code = c.codePointAt(0)!;
  const wide = (code >= 0x1100 && code <= 0x115f) || (code >= 0x2e80 && code <= 0xa4cf) || (code >= 0xac00 && code <= 0xd7a3);
  const wider = (code >= 0xf900 && code <= 0xfaff) || (code >= 0xfe30 && code <= 0xfe6f) || (code >= 0xff00 && code <= 0xff60);
  return wide || wider || code >= 0x1f300 ? 2 : 1;
}
