import type { JudgedChain } from "../../verdict/chains.js";
import type { ScaledGroup } from "./scaled-weights.js";

/** What factors gave: the logarithm of that on each group's weights, and the chains with them. */
export interface Trial {
  readonly lns: readonly number[];
  readonly chains: readonly JudgedChain[] | "non-finite";
}

/** A spread within a factor of 3 needs no better factor. */
const FLAT = Math.log(3);
/** A factor changes nothing where it moves the spread by less than this share: a norm divides by it. */
const IDLE = 0.05;
/** Factors lie between 1/20 and 20: beyond, functions that saturate are flat, whatever the gradient does. */
const FARTHEST = Math.log(20);
/** Chains whose layers ask for factors within this ratio get the same one at first. */
const ALIKE = Math.log(1.25);

/** Returns ln of how far the gradient grows towards the input (negative where it falls) over the worst chain of a group, given by its position. */
export function spreadOf({ lns, chains }: Trial, group: ScaledGroup, at: number): number {
  if (chains === "non-finite") return lns[at]! > 0 ? Infinity : -Infinity;
  const signed = group.members.map((i) => {
    const { rise, fall } = chains[i]!.verdict;
    return rise.value >= fall.value ? rise.value : -fall.value;
  });
  return signed.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a));
}

/** Tells whether a group needs no better factor. */
const isSettled = (trial: Trial, group: ScaledGroup, at: number): boolean => {
  const { chains } = trial;
  return (
    chains !== "non-finite" && (group.members.every((i) => chains[i]!.verdict.decision === "healthy") || Math.abs(spreadOf(trial, group, at)) < FLAT)
  );
};

/**
 * Returns the logarithms of the factors to try next, one for each group: at first by the number of layers, as if each multiplied the gradient by the factor, then by the
 * secant through the last two. A group that is settled keeps its own. Undefined where nothing is left to try.
 */
export function nextFactors(tried: readonly Trial[], groups: readonly ScaledGroup[]): readonly number[] | undefined {
  const last = tried[tried.length - 1]!;
  if (tried.length === 1) return firstFactors(groups.map((g, i) => ({ spread: spreadOf(last, g, i), layers: Math.max(1, g.layers) })));
  const next = groups.map((g, i) => (isSettled(last, g, i) ? undefined : nextOf(tried.map((t) => ({ ln: t.lns[i]!, spread: spreadOf(t, g, i) })))));
  return next.every((ln) => ln === undefined) ? undefined : next.map((ln, i) => ln ?? last.lns[i]!);
}

const clamped = (ln: number): number => Math.min(FARTHEST, Math.max(-FARTHEST, ln));

function firstFactors(groups: readonly { readonly spread: number; readonly layers: number }[]): readonly number[] {
  const own = groups.map((g) => -g.spread / g.layers);
  const common = -groups.reduce((n, g) => n + g.spread, 0) / groups.reduce((n, g) => n + g.layers, 0);
  const alike = Math.max(...own) - Math.min(...own) < ALIKE;
  return own.map((ln) => clamped(alike ? common : ln));
}

/** Returns the logarithm of the next factor on one group; undefined where another one will not help. */
function nextOf(all: readonly { readonly ln: number; readonly spread: number }[]): number | undefined {
  const last = all[all.length - 1]!;
  const before = all.findLast((t) => Math.abs(t.ln - last.ln) >= 1e-3);
  if (before === undefined) return undefined;
  // Out of the range of floats: halfway back.
  if (!Number.isFinite(last.spread)) return (last.ln + before.ln) / 2;
  const moved = last.spread - before.spread;
  if (Math.abs(moved) < IDLE * Math.abs(before.spread)) return undefined;
  const next = clamped(last.ln - (last.spread * (last.ln - before.ln)) / moved);
  return all.some((t) => Math.abs(t.ln - next) < 1e-3) ? undefined : next;
}
