import type { FittedLaw } from "./law.js";
import type { PlacedSpread } from "./spread.js";
import type { Growth, Verdict } from "./types.js";

/** What a sentence is about. */
export type Reason =
  | {
      readonly kind: "measured";
      readonly blocks: number;
      readonly form: FittedLaw["form"];
      readonly rise: PlacedSpread;
      readonly fall: PlacedSpread;
      readonly replicates: { readonly count: number; readonly over: string } | null;
    }
  | { readonly kind: "not-finite"; readonly at: number; readonly replicates: number; readonly of: number }
  | { readonly kind: "dead"; readonly at: number; readonly replicates: number }
  | { readonly kind: "no-gradient" };

/** e^ln in plain figures: 1.51, 108, 6096, 10^7.3, 10^520; exact however large. */
export function figure(ln: number): string {
  const digits = ln / Math.LN10;
  if (!Number.isFinite(ln)) return ln > 0 ? "infinity" : Number.isNaN(ln) ? "an unknown factor" : "0";
  if (Math.abs(digits) >= 100) return `10^${Math.round(digits)}`;
  if (Math.abs(digits) >= 5) return `10^${digits.toFixed(1)}`;
  const value = Math.exp(ln);
  return value >= 1000 ? value.toFixed(0) : value.toPrecision(3);
}

/** ×factor with its interval, which is named where it has one. */
function spreadText(s: PlacedSpread, replicates: { count: number; over: string } | null): string {
  const interval = replicates === null ? "" : ` (95 % over ${replicates.count} ${replicates.over}: ×${figure(s.low)} to ×${figure(s.high)})`;
  return `×${figure(s.value)}${interval}`;
}

/** The rate per block, on the norm and on the square. */
function rateText(growth: Growth): string {
  if (growth.perBlock === null) return "";
  const ln = Math.log(growth.perBlock);
  return `×${Math.exp(ln / 2).toPrecision(4)} a block on the norm (×${Math.exp(ln).toPrecision(4)} on the square)`;
}

const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? "" : "s"}`;

/** The verdict in one sentence of plain words, figures included. */
export function explain(v: Omit<Verdict, "sentence">, reason: Reason): string {
  switch (reason.kind) {
    case "not-finite":
      return (
        `Undecided: in ${reason.replicates} of ${count(reason.of, "replicate")} the gradient is not a finite number; ` +
        `going back from the output, boundary ${reason.at} is the first where.`
      );
    case "no-gradient":
      return "Undecided: no gradient reaches the body of the network, so there is no profile to judge.";
    case "dead":
      return `Vanishing: at boundary ${reason.at} the gradient is exactly zero in all of ${count(reason.replicates, "replicate")}, and nothing before it can learn.`;
    case "measured":
      return measured(v, reason);
  }
}

function measured(v: Omit<Verdict, "sentence">, r: Reason & { kind: "measured" }): string {
  const power = r.form === "polynomial" ? "polynomial" : "slower than exponential, like exp(√depth)";
  const where = (s: PlacedSpread): string => `from boundary ${s.to} back to ${s.from}`;
  const free = Math.max(v.scaleFreeRise.value, v.scaleFreeFall.value);
  const cause =
    v.cause === "units"
      ? `; the scale-free gradient stays within ×${figure(free)}, so one factor per layer cures it`
      : v.cause === "dynamics"
        ? `; the scale-free gradient spreads ×${figure(free)} as well, so no factor per layer cures it`
        : "";
  const manner = v.law === "exponential" ? `, exponentially: ${rateText(v.gradient)}` : v.law === "sub-exponential" ? ` (${power})` : "";
  switch (v.decision) {
    case "exploding":
      return `Exploding: ${where(r.rise)} the norm of the gradient grows ${spreadText(r.rise, r.replicates)}${manner}${cause}.`;
    case "vanishing":
      return `Vanishing: ${where(r.fall)} the norm of the gradient shrinks ${spreadText(r.fall, r.replicates)}${manner}${cause}.`;
    case "mixed":
      return (
        `Mixed: ${where(r.rise)} the norm of the gradient grows ${spreadText(r.rise, r.replicates)}, ` +
        `and ${where(r.fall)} it shrinks ${spreadText(r.fall, r.replicates)}${cause}.`
      );
    case "healthy":
      return healthy(v, r, power);
    case "undecided":
      return (
        `Undecided: towards the input the norm of the gradient grows at most ${spreadText(r.rise, r.replicates)} ` +
        `and shrinks at most ${spreadText(r.fall, r.replicates)}, which leaves both sides of ×${v.law === "sub-exponential" ? "10000" : "100"} possible.`
      );
  }
}

function healthy(v: Omit<Verdict, "sentence">, r: Reason & { kind: "measured" }, power: string): string {
  if (r.blocks === 0) return "Healthy: the body has no blocks over which a gradient could grow or shrink.";
  const larger = r.rise.value >= r.fall.value ? r.rise : r.fall;
  if (v.law === "sub-exponential") {
    return `Healthy: ${power}, ×${figure(larger.value)} on the norm over ${count(r.blocks, "block")}${larger === r.fall ? ", shrinking towards the input" : ""}.`;
  }
  const range = `over ${count(r.blocks, "block")} the norm of the gradient grows at most ×${figure(r.rise.value)} and shrinks at most ×${figure(r.fall.value)} towards the input`;
  const ahead =
    v.projection === null
      ? ""
      : `; at ${rateText(v.gradient)} it would ${v.gradient.perBlock! > 1 ? "reach" : "lose"} 100× at ${v.projection} blocks`;
  return `Healthy: ${range}${ahead}.`;
}
