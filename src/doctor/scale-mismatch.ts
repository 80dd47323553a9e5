import * as z from "zod";
import { isIll } from "../verdict/judge.js";
import { parametersSite } from "../graph/site.js";
import { batchMean, flowThrough, lnGradientAt, lnParameterGradient } from "../probe/check-readings.js";
import { lnActivationOf } from "../probe/flow.js";
import { exact, list, magnitude, plural } from "../util/format.js";
import type { Style } from "../util/format.js";
import { real, whole } from "../util/json.js";
import type { Evidence } from "./evidence.js";
import { factsOf, findingRule } from "./rule.js";
import type { FindingRule, Observation, Words } from "./rule.js";
import { behindSoftmax } from "./shared/behind-softmax.js";
import { branchFactors } from "./shared/branch-factor.js";
import type { BranchFactor } from "./shared/branch-factor.js";
import { median } from "./shared/profile.js";

/** How many times larger or smaller than the median a relative gradient may be; and its logarithm. */
const FOLD = 1e3;
export const APART: number = Math.log(FOLD);
/**
 * ln of so far below the median gradient that it is the rounding of a sum of zero, in float32: a term that a softmax or a norm cancels has no other gradient. What the factors of
 * its branch take from a gradient is no rounding.
 */
const ROUNDING = Math.log(1e-6);
/** With fewer weights there is no median to speak of. */
const FEWEST = 4;

interface Relative {
  readonly name: string;
  /** ln ‖g‖/‖w‖. */
  readonly ln: number;
  /** ln ‖g‖. */
  readonly lnGradient: number;
  /** ln of the factor at the end of its branch, 0 where there is none. */
  readonly lnScale: number;
  /** ln of gradient × activation at the end of its block. */
  readonly lnScaleFree: number;
  /** Whether its block holds a norm of training. */
  readonly normed: boolean;
  /** What its branch is multiplied by before it joins another. */
  readonly behind: BranchFactor;
  /** Whether it lies in a block. */
  readonly held: boolean;
}

/** Returns the weights that lie far from the median of a number, the farthest first. */
function farFrom(all: readonly Relative[], read: (r: Relative) => number): { middle: number; far: readonly (Relative & { readonly at: number })[] } {
  const middle = median(all.map(read));
  const far = all.map((r) => ({ ...r, at: read(r) })).filter((r) => Math.abs(r.at - middle) > APART);
  return { middle, far: far.sort((a, b) => Math.abs(b.at - middle) - Math.abs(a.at - middle)) };
}

/** Why the weights that lie apart do so: it decides what is to be done. */
const REASONS = ["profile", "closed-branches", "starved", "settles", "depth", "attends", "unequal"] as const;
type Reason = (typeof REASONS)[number];

const facts = factsOf({
  apart: z
    .array(factsOf({ parameter: z.string(), lnApart: real }))
    .meta({ description: "The weights that lie apart, the farthest first: ln of their relative gradient over the median." }),
  weights: whole.meta({ description: "Weights that were compared." }),
  lnMedian: real.meta({ description: "ln of the median of ‖gradient‖/‖weight‖." }),
  lnLeastBranchScale: real.meta({ description: "ln of the least factor at the end of a branch; 0 where there is none." }),
  reason: z.enum(REASONS),
});
type Facts = z.output<typeof facts>;

/** Weights whose relative gradient differs from the median by more than a thousand: no one learning rate of SGD fits all. */
export const scaleMismatch: FindingRule = findingRule({
  id: "scale-mismatch",
  facts,
  examine: (e) => {
    const every = relatives(e);
    const starved = isIll(e.verdict) ? undefined : starvedOf(every);
    const found = starved ? [observationOf(e, { ...starved, reason: "starved", all: every })] : [];
    const all = every.filter((r) => r.held && starved?.far.some((s) => s.name === r.name) !== true);
    const apart = all.length < FEWEST ? undefined : apartOf(e, all);
    return apart ? [...found, observationOf(e, { ...apart, all })] : found;
  },
  words: ({ facts: f }, style) => ({
    evidence: `‖gradient‖/‖weight‖ of ${f.apart.length} of ${plural(f.weights, "weight")} lies more than ${exact(FOLD, style)}-fold from the median ${magnitude(f.lnMedian, style)}: ${list(f.apart.map((w) => `${w.parameter} ×${magnitude(w.lnApart, style)}`))}`,
    ...reasonWords(f.reason, f.lnLeastBranchScale, style),
  }),
});

interface Apart {
  readonly far: readonly (Relative & { readonly at: number })[];
  readonly middle: number;
  readonly reason: Reason;
}

const observationOf = (e: Evidence, { far, middle, reason, all }: Apart & { readonly all: readonly Relative[] }): Observation<Facts> => ({
  severity: reason === "unequal" || reason === "starved" ? "warning" : "info",
  site: parametersSite(
    e.bound.graph,
    far.map((r) => r.name),
  ),
  facts: {
    apart: far.map((r) => ({ parameter: r.name, lnApart: r.at - middle })),
    weights: all.length,
    lnMedian: middle,
    lnLeastBranchScale: Math.min(...(reason === "starved" ? far.map((r) => r.behind.lnFixed) : all.map((r) => r.lnScale))),
    reason,
  },
});

/**
 * Finds the weights in branches that a constant factor shrinks a thousandfold before they join others, and whose gradient lies as far below that of the rest. Where most weights
 * of a network stand behind such factors, at the ends of its residual branches, it is made so.
 */
function starvedOf(all: readonly Relative[]): Omit<Apart, "reason"> | undefined {
  const small = all.filter((r) => r.behind.lnFixed < -APART);
  const rest = all.filter((r) => r.held && !small.includes(r));
  if (small.length === 0 || rest.length === 0 || (small.length > rest.length && small.some((r) => r.lnScale !== 0))) return undefined;
  const middle = median(rest.map((r) => r.ln));
  const far = small.filter((r) => middle - r.ln > APART).map((r) => ({ ...r, at: r.ln }));
  return far.length === 0 ? undefined : { far: far.sort((a, b) => a.at - b.at), middle };
}

function apartOf(e: Evidence, all: readonly Relative[]): Apart | undefined {
  const raw = farFrom(all, (r) => r.ln);
  const open = farFrom(all, (r) => r.ln - r.lnScale);
  if (raw.far.length === 0) return undefined;
  // A branch with a small factor at its end starts almost shut on purpose: its weights wait for the factor to grow.
  const shut = open.far.length === 0;
  const ill = isIll(e.verdict);
  const { middle, far: apart } = shut ? raw : open;
  const typical = median(all.map((r) => r.lnGradient));
  const seen = ill ? apart : apart.filter((r) => r.lnGradient - Math.min(0, r.behind.ln) - typical > ROUNDING);
  if (seen.length === 0) return undefined;
  // Relative gradients go with gradient × activation at their depth and with 1/‖W‖²: what the first explains, or most of it, is no matter of the weights.
  const beside = (r: Relative): number => r.ln - r.lnScaleFree;
  const usual = median(all.map(beside).filter(Number.isFinite));
  const unlike = seen.filter((r) => !(Math.abs(beside(r) - usual) < APART / 2));
  const far = ill || shut || unlike.length === 0 ? seen : unlike;
  // Under a norm a step only lengthens a weight, and its relative gradient falls with the square of its length: what is too large settles by itself.
  const settles = far.every((r) => r.normed && r.at > middle);
  const why = (): Reason => (unlike.length === 0 ? "depth" : attend(e, all, far, middle) ? "attends" : "unequal");
  return { far, middle, reason: ill ? "profile" : shut ? "closed-branches" : settles ? "settles" : why() };
}

/**
 * Whether the weights that lie apart reach the output through the softmax of an attention only, as fewer than half of all do, and are not so small as those of one
 * that is saturated.
 */
function attend(e: Evidence, all: readonly Relative[], far: readonly (Relative & { readonly at: number })[], middle: number): boolean {
  const behind = behindSoftmax(e.bound.graph, e.structure.target);
  return (
    2 * all.filter((r) => behind(r.name)).length < all.length && far.every((r) => middle - r.at > 0 && middle - r.at < 2 * APART && behind(r.name))
  );
}

function reasonWords(reason: Reason, lnLeastBranchScale: number, style: Style): Pick<Words, "why" | "remedy"> {
  switch (reason) {
    case "profile":
      return { why: "The gradients of the weights follow the profile that was found ill.", remedy: "Cure the profile first." };
    case "closed-branches":
      return {
        why: `The other weights stand in branches that begin with a factor of ${magnitude(lnLeastBranchScale, style)} at their end, and their gradients with it. SGD with one rate trains them only once the factors have grown.`,
        remedy: "Nothing with Adam and its kin, which divide by each gradient's size; with SGD a larger factor, or a larger rate for the factors.",
      };
    case "starved":
      return {
        why: `A constant factor of ${magnitude(lnLeastBranchScale, style)} multiplies what they compute before it joins anything else, and their gradients with it. So their branch adds next to nothing to the output, and SGD does not move it.`,
        remedy:
          "Let the factor be learnt, take a larger one, or put a norm behind the branch; leave the branch away if it shall add nothing. Adam and its kin, which divide by each gradient's size, move its weights, but what it adds stays as small.",
      };
    case "settles":
      return {
        why: "Each of them stands before a norm and starts short beside its gradient. Its first steps lengthen it, and its relative gradient falls with the square of its length, so it settles by itself.",
        remedy: "Usually nothing; a warm-up makes the first steps smaller.",
      };
    case "depth":
      return {
        why: "The weights match each other: relative to gradient × activation at their depths none lies apart. That product itself falls or grows over the network, in stretches of which none is ill, as it does between the ends of a U-Net and its middle with PyTorch's default initialisation. SGD with one rate moves some layers first and the others once these have grown.",
        remedy: "Usually nothing with Adam and its kin, which divide by each gradient's size; He's initialisation or norms flatten the profile.",
      };
    case "attends":
      return {
        why: "Each of them reaches the output only through the softmax of an attention that starts nearly even. What raises all scores alike changes nothing there, and what is left of its gradient is small.",
        remedy: "Nothing with Adam and its kin, which divide by each gradient's size; with SGD a larger rate for the attention.",
      };
    case "unequal":
      return {
        why: "One learning rate moves some layers by a thousand times more of their own size than others: it is too large for these or does nothing for those. Under a norm a weight's gradient goes with 1/‖W‖, so unequal weight norms alone do it.",
        remedy:
          "Give the weights comparable norms at the start, use rates per layer, or an optimiser that divides by the gradient's size (Adam, LARS), which costs memory and has its own rates to find.",
      };
  }
}

/**
 * Returns ln ‖g‖/‖w‖ of the weights of matrix products and convolutions before the head, and of those beside the blocks that stand behind a small constant factor; weights that
 * are zero, or have no gradient, are left out.
 */
function relatives(e: Evidence): readonly Relative[] {
  // A classifier is often started small or at zero, and nothing follows that would be scaled by it.
  const weights = new Map(e.structure.blocks.flatMap((b) => (b.role === "head" ? [] : b.weights.map((w) => [w, b] as const))));
  const held = new Set(e.structure.blocks.flatMap((b) => b.weights));
  const factorOf = branchFactors(e.bound.graph, new Set(e.places.parameters.map((p) => p.parameter.name)));
  return e.places.parameters.flatMap(({ parameter }, i) => {
    const { name, value } = parameter;
    const block = weights.get(name);
    if ((!block && held.has(name)) || value.shape.length < 2) return [];
    const lnGradient = batchMean(e, (batch) => lnParameterGradient(e, i, batch));
    const ln = lnGradient - 0.5 * Math.log(squaresOf(value.data));
    if (!Number.isFinite(ln)) return [];
    const behind = factorOf(name);
    if (!block && !(behind.lnFixed < -APART)) return [];
    const lnOfFlow = (at: number): number => lnGradientAt(e, at) + batchMean(e, (batch) => lnActivationOf(flowThrough(e, at, batch)));
    return [
      {
        name,
        ln,
        lnGradient,
        lnScaleFree: block ? lnOfFlow(block.to) : NaN,
        lnScale: typeof block?.branchScale === "number" ? Math.log(Math.abs(block.branchScale) || 1) : behind.lnScale < -APART ? behind.lnScale : 0,
        normed: block?.normSites.some((n) => !n.inference) ?? false,
        behind,
        held: block !== undefined,
      },
    ];
  });
}

function squaresOf(data: ArrayLike<number>): number {
  let squares = 0;
  for (let i = 0; i < data.length; i++) squares += data[i]! ** 2;
  return squares;
}
