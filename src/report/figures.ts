/** Where figures go: terminals get what can be searched and typed (10^-3, 3.1e-5), pages get typography (10⁻³, 3.1×10⁻⁵). */
export type Style = "text" | "page";

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const DIGITS = 3;

/** A minus sign as the place wants it. */
function minus(style: Style): string {
  return style === "page" ? "−" : "-";
}

/** 10ⁿ. */
export function powerOfTen(exponent: number, style: Style): string {
  if (style === "text") return `10^${exponent}`;
  const digits = Array.from(String(Math.abs(exponent)), (d) => SUPERSCRIPTS[Number(d)]!).join("");
  return `10${exponent < 0 ? "⁻" : ""}${digits}`;
}

/** The label of a decade on an axis: 10ⁿ, and 1. */
export function decade(exponent: number, style: Style): string {
  return exponent === 0 ? "1" : powerOfTen(exponent, style);
}

/** e^ln, whatever its size: 0.00123, 108, 3.1×10⁵, 10⁵²¹; "–" where there is none. */
export function magnitude(ln: number | null, style: Style): string {
  if (ln === null) return "–";
  if (Number.isNaN(ln)) return "NaN";
  if (ln === -Infinity) return "0";
  if (ln === Infinity) return style === "page" ? "∞" : "Inf";
  const log10 = ln / Math.LN10;
  if (log10 >= -3 && log10 < 4) return decimal(10 ** log10);
  if (Math.abs(log10) >= 100) return powerOfTen(Math.round(log10), style);
  let exponent = Math.floor(log10);
  let mantissa = (10 ** (log10 - exponent)).toPrecision(2);
  if (mantissa === "10") [mantissa, exponent] = ["1.0", exponent + 1];
  return style === "page" ? `${mantissa}×${powerOfTen(exponent, style)}` : `${mantissa}e${exponent}`;
}

/** A number of three figures. */
export function number(value: number | null, style: Style): string {
  if (value === null) return "–";
  if (value === 0) return "0";
  return value < 0 ? `${minus(style)}${magnitude(Math.log(-value), style)}` : magnitude(Math.log(value), style);
}

/** A factor near 1, with the four figures that a rate per block needs. */
export function rate(value: number | null, style: Style): string {
  if (value !== null && value >= 0.01 && value < 100) return value.toPrecision(value >= 1 ? 4 : 3);
  return number(value, style);
}

/** A share of 1 in per cent, its sign on the same line. */
export function share(value: number | null): string {
  if (value === null) return "–";
  if (Number.isNaN(value)) return "NaN";
  if (value > 0 && value < 0.001) return "<0.1\u00a0%";
  if (value < 1 && value > 0.999) return ">99.9\u00a0%";
  const percent = 100 * value;
  return `${Number(percent.toPrecision(percent >= 10 ? 3 : 2))}\u00a0%`;
}

/** A number in [−1, 1] with three decimals. */
export function fraction(value: number | null, style: Style): string {
  if (value === null) return "–";
  return Number.isFinite(value) ? `${value < 0 ? minus(style) : ""}${Math.abs(value).toFixed(3)}` : number(value, style);
}

/** A count: 1,234 with separators. */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A count in three figures: 25.6 M. */
export function roughCount(value: number): string {
  for (const [unit, size] of [
    ["G", 1e9],
    ["M", 1e6],
    ["k", 1e4],
  ] as const) {
    if (value >= size) return `${Number((value / (unit === "k" ? 1e3 : size)).toPrecision(3))} ${unit}`;
  }
  return count(value);
}

/** `3 blocks`, `1 block`. */
export function plural(n: number, noun: string): string {
  return `${count(n)} ${noun}${n === 1 ? "" : "s"}`;
}

/** Seconds as somebody would say them. */
export function duration(seconds: number): string {
  if (!(seconds >= 0) || !Number.isFinite(seconds)) return "–";
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  return `${minutes} min ${Math.round(seconds - 60 * minutes)} s`;
}

function decimal(value: number): string {
  if (value >= 100) return String(Math.round(value));
  return value.toPrecision(DIGITS);
}
