import type { FindingRow as Finding } from "../study/finding-schema.js";
import type { Growth, Spread } from "../verdict/types.js";
import type { CheckRecord } from "../study/check-record.js";
import { count, duration, magnitude, number, plural, powerOfTen, rate, roughCount, percent } from "../util/format.js";
import type { Style } from "../util/format.js";
import { prose } from "./visible.js";

/** A figure worth a line of its own. */
export interface KeyFigure {
  readonly label: string;
  readonly value: string;
  readonly note: string;
}

export const SEVERITIES = ["error", "warning", "info"] as const;

/** Marks that say the severity without colour. */
export const SEVERITY_MARKS: Readonly<Record<Finding["severity"], string>> = { error: "✗", warning: "▲", info: "•" };
export const VERDICT_MARKS: Readonly<Record<CheckRecord["verdict"], string>> = {
  healthy: "✓",
  exploding: "✗",
  vanishing: "✗",
  mixed: "✗",
  undecided: "?",
};

/** The worst first; otherwise as they came. */
export function sortedFindings(findings: readonly Finding[]): Finding[] {
  return SEVERITIES.flatMap((s) => findings.filter((f) => f.severity === s));
}

/** "95 % over blocks: 1.452–1.482". */
export function intervalWords(g: Growth, style: Style): string {
  if (g.low === null || g.high === null) return "no interval";
  return `95\u00a0%${g.over === null ? "" : ` over ${g.over}`}: ${rate(g.low, style)}–${rate(g.high, style)}`;
}

/** The verdict's sentence without the verdict, which stands above it. */
export function sentenceOf(record: CheckRecord): string {
  const text = prose(record.sentence);
  const lead = `${record.verdict}: `;
  if (!text.toLowerCase().startsWith(lead)) return text;
  return text.charAt(lead.length).toUpperCase() + text.slice(lead.length + 1);
}

/** "×1.467". */
export function perBlockWords(g: Growth, style: Style): string {
  return g.perBlock !== null && Number.isFinite(g.perBlock) ? `×${rate(g.perBlock, style)}` : number(g.perBlock, style);
}

export function lawWords(record: CheckRecord): string {
  if (record.law === "sub-exponential") return "slower than exponential: a power of the depth, or like it";
  return record.law === "exponential" ? "every block multiplies by one factor" : "too few blocks, or no clear shape";
}

export function causeWords(cause: CheckRecord["cause"]): string {
  if (cause === "units") return "one factor per layer cures it: the scale-free gradient keeps its size";
  return cause === "dynamics" ? "no factor per layer cures it: the scale-free gradient spreads as well" : "";
}

/** "×108": a factor by its natural logarithm. */
export function factorWords(ln: number, style: Style, sign: "×" | "÷" = "×"): string {
  if (!Number.isFinite(ln)) return magnitude(ln, style);
  return `${sign}${magnitude(ln, style)}`;
}

function spreadFigure({ rise, fall }: { readonly rise: Spread; readonly fall: Spread }, style: Style): KeyFigure {
  const rises = rise.value >= fall.value;
  const words = (ln: number, up: boolean): string => (ln === Infinity ? "to zero" : factorWords(ln, style, up ? "×" : "÷"));
  const main = rises ? rise : fall;
  const interval = main.low === main.high ? "" : `; 95\u00a0%: ${words(main.low, rises)} to ${words(main.high, rises)}`;
  const other = rises ? `fall ${words(fall.value, false)}` : `rise ${words(rise.value, true)}`;
  return {
    label: rises ? "Rise towards the input" : "Fall towards the input",
    value: words(main.value, rises),
    note: `the norm's largest, over the body${interval}; largest ${other}`,
  };
}

/** The shares that half precision loses, or that a gradient does not fit into it. */
function precisionFigure(p: NonNullable<CheckRecord["precision"]>, style: Style): KeyFigure | undefined {
  const lnScale = p.lnLossScale ?? (p.lossScale === null ? null : Math.log(p.lossScale));
  const exponent = lnScale === null ? null : Math.round(lnScale / Math.LN2);
  const fits = exponent === null ? "" : `; a loss scale that fits: ${scaleWords(exponent, style)}`;
  // The scale leaves the largest element 16-fold below the largest float16.
  if (exponent !== null && exponent < -4) return { label: "In float16", value: "overflows", note: `gradient elements lie beyond 65504${fits}` };
  if (p.lostFloat16 === null && p.lostBfloat16 === null) return undefined;
  return {
    label: "Lost in float16",
    value: percent(p.lostFloat16),
    note: `of the non-zero gradient elements would become 0 (bfloat16: ${percent(p.lostBfloat16)})${fits}`,
  };
}

/** A power of two: 4096, 2^-26. */
function scaleWords(exponent: number, style: Style): string {
  if (exponent >= 0 && exponent <= 20) return String(2 ** exponent);
  return style === "page" ? powerOfTen(exponent, style).replace(/^10/, "2") : `2^${exponent}`;
}

const ORDER = [
  "Growth per block",
  "Rise towards the input",
  "Fall towards the input",
  "Scale-free, per block",
  "Law",
  "Cause",
  "Loss",
  "Blocks",
  "Lost in float16",
  "In float16",
  "Largest stable step",
];

/** The labels of two lists of figures, in the order in which they are told. */
export function labelsOf(a: readonly KeyFigure[], b: readonly KeyFigure[]): string[] {
  return [...new Set([...a, ...b].map((f) => f.label))].sort((x, y) => ORDER.indexOf(x) - ORDER.indexOf(y));
}

/** The figures under the verdict. */
export function keyFigures(record: CheckRecord, style: Style): KeyFigure[] {
  const { gradient, scaleFree } = record.growth;
  const body = record.blocks.filter((b) => b.role === "body").length;
  const out: KeyFigure[] = [];
  const add = (label: string, value: string, note = ""): void => void out.push({ label, value, note });
  const defined = (g: Growth): boolean => g.perBlock !== null && Number.isFinite(g.perBlock);
  if (defined(gradient))
    add("Growth per block", perBlockWords(gradient, style), `of the squared norm, output to input; ${intervalWords(gradient, style)}`);
  if (record.spread && !Number.isNaN(record.spread.rise.value) && !Number.isNaN(record.spread.fall.value))
    out.push(spreadFigure(record.spread, style));
  if (defined(scaleFree)) {
    add("Scale-free, per block", perBlockWords(scaleFree, style), `the same of gradient × activation; ${intervalWords(scaleFree, style)}`);
  }
  if (defined(gradient)) add("Law", record.law, lawWords(record));
  if (record.cause !== null) add("Cause", record.cause, causeWords(record.cause));
  if (record.loss !== null) add("Loss", number(record.loss, style), "of this batch");
  add(
    "Blocks",
    count(record.blocks.length),
    `${count(body)} of them in the body, which is judged; ${plural(record.trunk.length, "value")} measured along them`,
  );
  const { precision: p, curvature: c } = record;
  // A drawn cotangent has no size of its own.
  const half = p && record.loss !== null ? precisionFigure(p, style) : undefined;
  if (half) out.push(half);
  if (c && c.lambdaMax !== null) {
    const rateNote = c.learningRate === null ? "" : `; yours is ${number(c.learningRate, style)}`;
    add(
      "Largest stable step",
      number(c.limit, style),
      `2/λ of plain gradient descent; λ, the largest curvature, is ${number(c.lambdaMax, style)}${rateNote}`,
    );
  }
  return out;
}

/** "161 nodes · 25.6 M parameters · opset 17 · pytorch". */
export function modelWords(record: CheckRecord): string {
  const { model } = record;
  return [
    plural(model.nodes, "node"),
    `${roughCount(model.parameters)} parameter${model.parameters === 1 ? "" : "s"}`,
    `opset ${model.opset}`,
    ...(model.producer === "" ? [] : [prose(model.producer)]),
    `checked in ${duration(record.seconds)}`,
  ].join(" · ");
}
