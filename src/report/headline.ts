import type { CheckRecord, Finding, Growth, ParameterRow, Spread } from "../study/check-record.js";
import { SEVERITIES } from "../study/finding-record.js";
import { count, duration, exact, factor, level, number, percent, plural, power, rate, roughCount } from "../util/format.js";
import type { Style } from "../util/format.js";
import type { TermId } from "./glossary.js";
import { prose } from "./visible.js";

/** What a number under the verdict is called, with the term that explains it. */
export interface KeyLabel {
  readonly label: string;
  readonly term: TermId;
}

/** A number worth a line of its own. */
export interface KeyNumber extends KeyLabel {
  readonly value: string;
  readonly note: string;
}

/** Marks that say the severity without colour. */
export const SEVERITY_MARKS: Readonly<Record<Finding["severity"], string>> = { error: "✗", warning: "▲", info: "•" };
/** Marks that say the verdict without colour. */
export const VERDICT_MARKS: Readonly<Record<CheckRecord["verdict"], string>> = {
  healthy: "✓",
  exploding: "✗",
  vanishing: "✗",
  mixed: "✗",
  undecided: "?",
  "non-finite": "✗",
};

/** The worst first, those that are accepted last; otherwise as they came. */
export function sortedFindings(findings: readonly Finding[]): Finding[] {
  return [false, true].flatMap((accepted) =>
    SEVERITIES.flatMap((s) => findings.filter((f) => f.severity === s && (f.accepted !== undefined) === accepted)),
  );
}

const LEVEL = level(0.95, "page");

/** The interval of a growth: "95 % over blocks: 1.452–1.482". */
function growthInterval(g: Growth, style: Style = "text"): string {
  if (g.low === null || g.high === null) return "no interval";
  return `${LEVEL}${g.over === null ? "" : ` over ${g.over}`}: ${rate(g.low, style)}–${rate(g.high, style)}`;
}

/** What the verdict says, without its name, which stands above it; older records have the whole sentence only. */
export const statementOf = (record: CheckRecord): string => prose(record.statement ?? record.sentence);

/** What was looked at: "Judged 44 of 46 parameters by output logits, through 12 blocks." */
export function coverageLine({ coverage: c }: CheckRecord): string {
  if (c === undefined) return "";
  const { parametersJudged: judged, parametersTotal: total } = c;
  const share = judged === total ? `all ${plural(total, "parameter tensor")}` : `${count(judged)} of ${plural(total, "parameter tensor")}`;
  return `Judged ${share} by output ${prose(c.output)}, through ${plural(c.blocks, "block")}.`;
}

/** What was not looked at and what was set aside, one line each: "output aux: it takes no part in the loss". */
export const leftOutLines = ({ coverage, setAside = [] }: CheckRecord): readonly string[] => [
  ...(coverage?.notLookedAt ?? []).map(({ what, why }) => `not looked at: ${prose(what)}: ${prose(why)}`),
  ...setAside.map(({ name, why }) => `set aside: ${prose(name)}: ${prose(why)}`),
];

/** The factor of one block: "×1.467". */
export function ratePerBlock(g: Growth, style: Style = "text"): string {
  return g.perBlock !== null && Number.isFinite(g.perBlock) ? `×${rate(g.perBlock, style)}` : number(g.perBlock, style);
}

/** What the law of a check-up means. */
function lawMeaning(record: CheckRecord): string {
  if (record.law === "sub-exponential") return "slower than exponential: a power of the depth, or like it";
  return record.law === "exponential" ? "every block multiplies by one factor" : "too few blocks, or no clear shape";
}

/** What the cause of a check-up means. */
function causeMeaning(cause: CheckRecord["cause"]): string {
  if (cause === "units") return "gradients grow as activations shrink: the scale-free gradient keeps its size";
  return cause === "dynamics" ? "the scale-free gradient spreads as well" : "";
}

function spreadNumber({ rise, fall }: { readonly rise: Spread; readonly fall: Spread }, style: Style): KeyNumber {
  const rises = rise.value >= fall.value;
  const size = (ln: number, up: boolean): string => (ln === Infinity ? "to zero" : factor(ln, style, up ? "×" : "÷"));
  const main = rises ? rise : fall;
  const interval = main.low === main.high ? "" : `; ${LEVEL}: ${size(main.low, rises)} to ${size(main.high, rises)}`;
  const other = rises ? `fall ${size(fall.value, false)}` : `rise ${size(rise.value, true)}`;
  return {
    label: rises ? "Rise towards the input" : "Fall towards the input",
    term: "rise",
    value: size(main.value, rises),
    note: `the norm's largest, over the body${interval}; largest ${other}`,
  };
}

/** The shares that half precision loses, or that a gradient does not fit into it. */
function precisionNumber(p: NonNullable<CheckRecord["precision"]>, style: Style): KeyNumber | undefined {
  const lnScale = p.lnLossScale ?? (p.lossScale === null ? null : Math.log(p.lossScale));
  const exponent = lnScale === null ? null : Math.round(lnScale / Math.LN2);
  const fits = exponent === null ? "" : `; a loss scale that fits: ${powerOfTwo(exponent, style)}`;
  // The scale leaves the largest element 16-fold below the largest float16.
  if (exponent !== null && exponent < -4)
    return { label: "In float16", term: "lost", value: "overflows", note: `gradient elements lie beyond 65504${fits}` };
  if (p.lostFloat16 === null && p.lostBfloat16 === null) return undefined;
  return {
    label: "Lost in float16",
    term: "lost",
    value: percent(p.lostFloat16, style),
    note: `of the non-zero gradient elements would become 0 (bfloat16: ${percent(p.lostBfloat16, style)})${fits}`,
  };
}

/** A power of two: 4096, 2^-26. */
const powerOfTwo = (exponent: number, style: Style): string => (exponent >= 0 && exponent <= 20 ? String(2 ** exponent) : power(2, exponent, style));

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

/** The labels of two lists of numbers, in the order in which they are told. */
export function labelsOf(a: readonly KeyNumber[], b: readonly KeyNumber[]): KeyLabel[] {
  const all = new Map([...a, ...b].map((n): [string, KeyLabel] => [n.label, n]));
  return [...all.values()].sort((x, y) => ORDER.indexOf(x.label) - ORDER.indexOf(y.label));
}

/** The numbers under the verdict. */
export function keyNumbers(record: CheckRecord, style: Style = "text"): KeyNumber[] {
  const { gradient, scaleFree } = record.growth;
  const body = record.blocks.filter((b) => b.role === "body").length;
  const out: KeyNumber[] = [];
  const add = (label: string, term: TermId, value: string, note = ""): void => void out.push({ label, term, value, note });
  const defined = (g: Growth): boolean => g.perBlock !== null && Number.isFinite(g.perBlock);
  if (defined(gradient))
    add(
      "Growth per block",
      "growth-per-block",
      ratePerBlock(gradient, style),
      `of the squared norm, output to input; ${growthInterval(gradient, style)}`,
    );
  if (record.spread && !Number.isNaN(record.spread.rise.value) && !Number.isNaN(record.spread.fall.value))
    out.push(spreadNumber(record.spread, style));
  if (defined(scaleFree)) {
    add(
      "Scale-free, per block",
      "scale-free",
      ratePerBlock(scaleFree, style),
      `the same of gradient × activation; ${growthInterval(scaleFree, style)}`,
    );
  }
  if (defined(gradient)) add("Law", "law", record.law, lawMeaning(record));
  if (record.cause !== null) add("Cause", "cause", record.cause, causeMeaning(record.cause));
  if (record.loss !== null) add("Loss", "loss", number(record.loss, style), "of this batch");
  add(
    "Blocks",
    "block",
    count(record.blocks.length),
    `${count(body)} of them in the body, which is judged; ${plural(record.trunk.length, "value")} measured along them`,
  );
  const { precision: p, curvature: c } = record;
  // A drawn cotangent has no size of its own.
  const half = p && record.loss !== null ? precisionNumber(p, style) : undefined;
  if (half) out.push(half);
  if (c && c.lambdaMax !== null) {
    const rateNote = c.learningRate === null ? "" : `; yours is ${exact(c.learningRate, style)}`;
    add(
      "Largest stable step",
      "lambda-max",
      number(c.limit, style),
      `2/λmax of plain gradient descent; λmax, the largest curvature, is ${number(c.lambdaMax, style)}${rateNote}`,
    );
  }
  return out;
}

/** ln of the norm of a parameter's gradient over that of the parameter; null where either was not measured, or where the parameter is zero. */
export function relativeGradient({ lnGradient, lnWeight }: ParameterRow): number | null {
  return lnGradient === null || lnWeight === null || lnWeight === -Infinity ? null : lnGradient - lnWeight;
}

/** What a model is, on one line: "161 nodes · 25.6 M parameters · opset 17 · pytorch". */
export function modelLine(record: CheckRecord): string {
  const { model } = record;
  return [
    plural(model.nodes, "node"),
    plural(model.parameters, "parameter", "parameters", roughCount),
    `opset ${model.opset}`,
    ...(model.producer === "" ? [] : [prose(model.producer)]),
    `checked in ${duration(record.seconds)}`,
  ].join(" · ");
}
