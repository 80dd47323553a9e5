import type { Finding } from "../doctor/finding.js";
import type { Growth, Spread } from "../verdict/types.js";
import type { CheckRecord } from "./check-record.js";
import { count, duration, magnitude, number, plural, rate, roughCount, share } from "./figures.js";
import type { Style } from "./figures.js";
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

/** "1.452–1.482, 95 % over blocks". */
export function intervalWords(g: Growth, style: Style): string {
  if (g.low === null || g.high === null) return "no interval";
  return `${rate(g.low, style)}–${rate(g.high, style)}, 95\u00a0%${g.over === null ? "" : ` over ${g.over}`}`;
}

/** "×1.467". */
export function perBlockWords(g: Growth, style: Style): string {
  return g.perBlock !== null && Number.isFinite(g.perBlock) ? `×${rate(g.perBlock, style)}` : number(g.perBlock, style);
}

export function lawWords(record: CheckRecord): string {
  if (record.law === "sub-exponential") return "slower than exponential, as a power of depth";
  return record.law === "exponential" ? "one factor for each block" : "too few blocks, or no clear shape";
}

export function causeWords(cause: CheckRecord["cause"]): string {
  if (cause === "units") return "one scalar per layer cures it";
  return cause === "dynamics" ? "no scalar per layer cures it" : "";
}

/** "×108", "÷108" or "flat": a factor by its natural logarithm. */
export function factorWords(ln: number, style: Style): string {
  if (!Number.isFinite(ln)) return magnitude(ln, style);
  return `×${magnitude(ln, style)}`;
}

function spreadNote(s: Spread, style: Style): string {
  return s.low === s.high ? "" : `${factorWords(s.low, style)} to ${factorWords(s.high, style)}`;
}

/** The figures under the verdict. */
export function keyFigures(record: CheckRecord, style: Style): KeyFigure[] {
  const { gradient, scaleFree } = record.growth;
  const body = record.blocks.filter((b) => b.role === "body").length;
  const out: KeyFigure[] = [];
  const add = (label: string, value: string, note = ""): void => void out.push({ label, value, note });
  add(
    "Growth per block",
    perBlockWords(gradient, style),
    gradient.perBlock === null ? "not defined here" : `squared norm; ${intervalWords(gradient, style)}`,
  );
  if (record.spread) {
    const { rise, fall } = record.spread;
    const rises = rise.value >= fall.value;
    const [main, other] = rises ? [rise, fall] : [fall, rise];
    const note = spreadNote(main, style);
    add(
      rises ? "Rise towards the input" : "Fall towards the input",
      factorWords(main.value, style),
      [note, `${rises ? "fall" : "rise"} ${factorWords(other.value, style)}`].filter((n) => n !== "").join("; "),
    );
  }
  add(
    "Scale-free, per block",
    perBlockWords(scaleFree, style),
    scaleFree.perBlock === null ? "not defined here" : `squared; ${intervalWords(scaleFree, style)}`,
  );
  add("Law", record.law, lawWords(record));
  if (record.cause !== null) add("Cause", record.cause, causeWords(record.cause));
  if (record.loss !== null) add("Loss", number(record.loss, style), "");
  add("Blocks", count(record.blocks.length), `${count(body)} in the body; ${plural(record.trunk.length, "cut")} of the trunk`);
  const { precision: p, curvature: c } = record;
  if (p && (p.lostFloat16 !== null || p.lostBfloat16 !== null)) {
    const scale = p.lossScale === null ? "" : `; loss × ${number(p.lossScale, style)}`;
    add("Lost in float16", share(p.lostFloat16), `of the gradient's elements; bfloat16 ${share(p.lostBfloat16)}${scale}`);
  }
  if (c && c.lambdaMax !== null) {
    const rateNote = c.learningRate === null ? "" : `; yours is ${number(c.learningRate, style)}`;
    add("Largest stable step", number(c.limit, style), `2/λ, sharpness λ = ${number(c.lambdaMax, style)}${rateNote}`);
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
