// This file alone writes numbers, sizes, lists and plurals. A measured number has three significant digits, a rate has four, and a number
// that somebody chose is written as it was chosen.

/** Where a text goes: `text` (terminals, JSON) gets what can be searched and typed (10^521, 3.1e-5), `page` gets typography (10⁵²¹, 3.1×10⁻⁵). */
export type Style = "text" | "page";

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
/** What stands where a number is not defined. */
const NONE = "–";

/** Puts the minus sign of a style before the digits of a negative number. */
const signed = (text: string, style: Style): string => (style === "page" ? text.replace(/^-/, "−") : text);

/** Writes a whole power: 2^-26, 10⁵²¹. */
export function power(base: number, exponent: number, style: Style = "text"): string {
  if (style === "text") return `${base}^${exponent}`;
  const digits = Array.from(String(Math.abs(exponent)), (d) => SUPERSCRIPTS[Number(d)]!).join("");
  return `${base}${exponent < 0 ? "⁻" : ""}${digits}`;
}

/** Writes a power of ten: 10ⁿ. */
export const powerOfTen = (exponent: number, style: Style = "text"): string => power(10, exponent, style);

/** Labels a decade on an axis: 10ⁿ, and 1. */
export const decade = (exponent: number, style: Style = "text"): string => (exponent === 0 ? "1" : powerOfTen(exponent, style));

/** Writes e^ln in three digits, whatever its size: 0.00123, 108, 3.1e5, 10^521. The logarithm is natural; null is not defined. */
export function magnitude(ln: number | null, style: Style = "text"): string {
  if (ln === null) return NONE;
  if (Number.isNaN(ln)) return "NaN";
  if (ln === -Infinity) return "0";
  if (ln === Infinity) return style === "page" ? "∞" : "infinity";
  const log10 = ln / Math.LN10;
  if (log10 >= -3 && log10 < 4) return threeDigits(10 ** log10);
  if (Math.abs(log10) >= 100) return powerOfTen(Math.round(log10), style);
  let exponent = Math.floor(log10);
  let mantissa = (10 ** (log10 - exponent)).toPrecision(2);
  if (mantissa === "10") [mantissa, exponent] = ["1.0", exponent + 1];
  return style === "page" ? `${mantissa}×${powerOfTen(exponent, style)}` : `${mantissa}e${exponent}`;
}

/** Writes the magnitudes that one sentence compares: where one is so large or small that only its power of ten is written, those of the others are as well. */
export function magnitudes(lns: readonly number[], style: Style = "text"): string[] {
  const digits = lns.map((ln) => ln / Math.LN10);
  const whole = digits.some((d) => Number.isFinite(d) && Math.abs(d) >= 100);
  return lns.map((ln, i) => {
    const d = digits[i]!;
    return whole && Number.isFinite(d) && (d < -3 || d >= 4) ? powerOfTen(Math.round(d), style) : magnitude(ln, style);
  });
}

/** Writes three significant digits, none after the point from 100 on. */
const threeDigits = (value: number): string => (value >= 100 ? String(Math.round(value)) : value.toPrecision(3));

/** Writes the factor e^ln with its sign, ×108 or ÷108; one that is not finite is a word without a sign. */
export function factor(ln: number | null, style: Style = "text", sign: "×" | "÷" = "×"): string {
  return ln !== null && Number.isFinite(ln) ? `${sign}${magnitude(ln, style)}` : magnitude(ln, style);
}

/** Writes a measured number in three digits; null is not defined. */
export function number(value: number | null, style: Style = "text"): string {
  if (value === null) return NONE;
  if (value === 0) return "0";
  return value < 0 ? signed(`-${magnitude(Math.log(-value), style)}`, style) : magnitude(Math.log(value), style);
}

/**
 * Writes a number as it was chosen, in four digits where it is not whole and without zeros behind: 0.05, 2.5, 65536, 1e-7. It is for thresholds,
 * options, positions on an axis and entries of a table.
 */
export function exact(value: number, style: Style = "text"): string {
  if (!Number.isFinite(value)) return number(value, style);
  const [mantissa, exponent] = String(Number.isInteger(value) ? value : Number(value.toPrecision(4))).split("e") as [string, string?];
  if (exponent === undefined) return signed(mantissa, style);
  return signed(style === "page" ? `${mantissa}×${powerOfTen(Number(exponent), style)}` : `${mantissa}e${Number(exponent)}`, style);
}

/** Writes a number in the seven digits that float32 holds: what is compared with another program. */
export const precise = (value: number): string => (Number.isFinite(value) ? String(Number(value.toPrecision(7))) : number(value));

/** Writes a number with so many decimals: what is compared by its difference, a cosine or a logarithm. */
export function decimals(value: number | null, digits: number, style: Style = "text"): string {
  if (value === null) return NONE;
  if (!Number.isFinite(value)) return number(value, style);
  const text = value.toFixed(digits);
  return signed(Number(text) === 0 ? text.replace("-", "") : text, style);
}

/** Writes a difference with its sign in at most five characters: +0.12, -1.3, +12; what is no number is a dash. */
export function change(value: number, style: Style = "text"): string {
  if (Number.isNaN(value)) return NONE;
  const size = Math.abs(value);
  const text = size === Infinity ? "∞" : size.toFixed(size < 0.995 ? 2 : size < 9.95 ? 1 : 0);
  if (text === "0.00") return text;
  return value < 0 ? signed(`-${text}`, style) : `+${text}`;
}

/** Writes a factor near 1 in the four digits that a rate per block needs. */
export function rate(value: number | null, style: Style = "text"): string {
  if (value !== null && value >= 0.01 && value < 100) return value.toPrecision(4);
  return number(value, style);
}

/** The sign, on a page on the same line as its number. */
const PERCENT: Readonly<Record<Style, string>> = { text: " %", page: "\u00a0%" };

/** Writes a share of 1 in per cent. */
export function percent(share: number | null, style: Style = "text"): string {
  const sign = PERCENT[style];
  if (share === null) return NONE;
  if (!Number.isFinite(share)) return number(share, style);
  if (share > 0 && share < 0.001) return `<0.1${sign}`;
  if (share < 1 && share > 0.999) return `>99.9${sign}`;
  const hundredths = 100 * share;
  return `${Number(hundredths.toPrecision(hundredths >= 10 ? 3 : 2))}${sign}`;
}

/** Writes the level of an interval in per cent, with two decimals where it has them: 95 %, 99.81 %. */
export const level = (share: number, style: Style = "text"): string => `${Number((100 * share).toFixed(2))}${PERCENT[style]}`;

/** Writes a count with separators: 1,234. */
export const count = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ",");

/** Writes a count in three digits: 25.6 M. */
export function roughCount(value: number): string {
  if (value < 1e4) return count(value);
  const rounded = Number(value.toPrecision(3));
  const [unit, size] = rounded >= 1e9 ? ["G", 1e9] : rounded >= 1e6 ? ["M", 1e6] : ["k", 1e3];
  return `${Number((rounded / size).toPrecision(3))} ${unit}`;
}

/** Returns the form of a word that goes with a count: `block`, `blocks`. */
export const inflect = (n: number, one: string, several: string = `${one}s`): string => (n === 1 ? one : several);

/** Writes a count and its noun: `3 blocks`, `1 block`; `write` gives the count. */
export const plural = (n: number, noun: string, several: string = `${noun}s`, write: (n: number) => string = count): string =>
  `${write(n)} ${inflect(n, noun, several)}`;

/** Writes an ordinal: 1st, 2nd, 3rd, 4th, 11th. */
export function ordinal(n: number): string {
  const teen = n % 100 >= 11 && n % 100 <= 13;
  return `${count(n)}${teen ? "th" : (["th", "st", "nd", "rd"][n % 10] ?? "th")}`;
}

/** Writes the first of a list, and how many more there are. */
export const list = (items: readonly string[], most = 3): string =>
  items.length <= most ? items.join(", ") : `${items.slice(0, most).join(", ")} and ${items.length - most} more`;

/** Begins a text with a capital letter. */
export const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Joins sentences, empty ones left out. */
export const sentences = (...parts: readonly string[]): string => parts.filter((p) => p !== "").join(" ");

/** Writes bytes as GiB in three digits. */
export const gibibytes = (bytes: number): string => `${(bytes / 2 ** 30).toPrecision(3)} GiB`;

/** Writes seconds as somebody would say them. */
export function duration(seconds: number): string {
  if (!(seconds >= 0) || !Number.isFinite(seconds)) return NONE;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Writes a shape: [2, 3] is "[2, 3]", that of a scalar "[]". */
export const formatShape = (shape: readonly (number | string)[]): string => `[${shape.join(", ")}]`;

/** Writes seconds that are an estimate: 40 s, 10 min, 1.5 h. */
export function roughDuration(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds));
  if (whole < 90) return `${whole} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${(seconds / 3600).toFixed(1)} h`;
}
