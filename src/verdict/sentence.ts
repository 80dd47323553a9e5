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
  | { readonly kind: "not-finite"; readonly at: number; readonly blocks: number; readonly replicates: number; readonly of: number }
  | { readonly kind: "dead"; readonly at: number; readonly blocks: number; readonly replicates: number }
  | { readonly kind: "not-finite-forward"; readonly replicates: number; readonly of: number }
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

type Sign = "×" | "÷";

/** The factor of a rise (×) or a fall (÷) with its interval, which is named where it has one. */
function spreadText(s: PlacedSpread, sign: Sign, replicates: { count: number; over: string } | null): string {
  const interval =
    replicates === null ? "" : ` (95 % over ${replicates.count} ${replicates.over}: ${sign}${figure(s.low)} to ${sign}${figure(s.high)})`;
  return `${sign}${figure(s.value)}${interval}`;
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
        `Undecided: ${reason.replicates === reason.of ? "" : `in ${reason.replicates} of ${count(reason.of, "replicate")} `}the gradient is not a finite number` +
        `${reason.at === reason.blocks ? " anywhere in the body of the network" : `, from block ${reason.at + 1} of the body's ${reason.blocks} back to the input`}.`
      );
    case "not-finite-forward":
      return `Undecided: in ${reason.replicates} of ${count(reason.of, "replicate")} values on the way forward are not finite numbers, and no gradient behind them means anything.`;
    case "no-gradient":
      return "Undecided: no gradient reaches the body of the network, so there is no profile to judge.";
    case "dead":
      return (
        `Vanishing: ${reason.replicates === 1 ? "" : `in all of ${count(reason.replicates, "replicate")} `}the gradient becomes exactly zero at ` +
        `block ${reason.at + 1} of the body's ${reason.blocks}, and nothing before it can learn.`
      );
    case "measured":
      return measured(v, reason);
  }
}

function measured(v: Omit<Verdict, "sentence">, r: Reason & { kind: "measured" }): string {
  const power = r.form === "polynomial" ? "as a power of the depth" : "slower than exponentially, like exp(√depth)";
  // Stretches are told from the output to the input, as the gradient runs.
  const where = (s: PlacedSpread): string =>
    s.to - s.from === r.blocks
      ? `over all ${count(r.blocks, "block")} of the body`
      : `from block ${s.to} of the body's ${r.blocks} back to block ${s.from + 1}`;
  const free = Math.max(v.scaleFreeRise.value, v.scaleFreeFall.value);
  const cause =
    v.cause === "units"
      ? `; the scale-free gradient (gradient × activation) stays within ×${figure(free)}, so one factor per layer cures it`
      : v.cause === "dynamics"
        ? `; the scale-free gradient (gradient × activation) spreads ×${figure(free)} as well, so no factor per layer cures it`
        : "";
  const manner = v.law === "exponential" ? `, exponentially: ${rateText(v.gradient)}` : v.law === "sub-exponential" ? `, ${power}` : "";
  switch (v.decision) {
    case "exploding":
      return `Exploding: ${where(r.rise)} the norm of the gradient grows ${spreadText(r.rise, "×", r.replicates)}${manner}${cause}.`;
    case "vanishing":
      return `Vanishing: ${where(r.fall)} the norm of the gradient shrinks ${spreadText(r.fall, "÷", r.replicates)}${manner}${cause}.`;
    case "mixed":
      return (
        `Mixed: ${where(r.rise)} the norm of the gradient grows ${spreadText(r.rise, "×", r.replicates)}, ` +
        `and ${where(r.fall)} it shrinks ${spreadText(r.fall, "÷", r.replicates)}${cause}.`
      );
    case "healthy":
      return healthy(v, r, power);
    case "undecided":
      return (
        `Undecided: towards the input the norm of the gradient grows at most ${spreadText(r.rise, "×", r.replicates)} ` +
        `and shrinks at most ${spreadText(r.fall, "÷", r.replicates)}, which leaves both sides of ×${v.law === "sub-exponential" ? "10000" : "100"} possible.`
      );
  }
}

function healthy(v: Omit<Verdict, "sentence">, r: Reason & { kind: "measured" }, power: string): string {
  if (r.blocks === 0) return "Healthy: the body has no blocks over which a gradient could grow or shrink.";
  const range = `over ${count(r.blocks, "block")} the norm of the gradient grows at most ×${figure(r.rise.value)} and shrinks at most ÷${figure(r.fall.value)} towards the input`;
  if (v.law === "sub-exponential") {
    const larger = r.rise.value >= r.fall.value ? `grows ×${figure(r.rise.value)}` : `shrinks ÷${figure(r.fall.value)}`;
    return `Healthy: over ${count(r.blocks, "block")} the norm of the gradient ${larger} towards the input, but only ${power}.`;
  }
  const ahead =
    v.projection === null
      ? ""
      : `; at ${rateText(v.gradient)} it would ${v.gradient.perBlock! > 1 ? "reach ×100" : "fall to 1/100"} at ${v.projection} blocks`;
  return `Healthy: ${range}${ahead}.`;
}
