import type { Evidence, FindingRule } from "./evidence.js";
import { median } from "./shared/profile.js";
import { figure, magnitude, plural, some } from "./shared/words.js";
import { mean } from "../math/statistics.js";

/** ln of how far from the median a relative gradient may lie. */
export const APART: number = Math.log(1e3);
/** With fewer weights there is no median to speak of. */
const FEWEST = 4;

interface Relative {
  readonly name: string;
  /** ln ‖g‖/‖w‖. */
  readonly ln: number;
  /** ln of the factor at the end of its branch, 0 where there is none. */
  readonly lnScale: number;
  /** Whether its block holds a norm of training. */
  readonly normed: boolean;
}

/** The weights that lie far from the median of a reading, the farthest first. */
function farFrom(all: readonly Relative[], read: (r: Relative) => number): { middle: number; far: readonly (Relative & { readonly at: number })[] } {
  const middle = median(all.map(read));
  const far = all.map((r) => ({ ...r, at: read(r) })).filter((r) => Math.abs(r.at - middle) > APART);
  return { middle, far: far.sort((a, b) => Math.abs(b.at - middle) - Math.abs(a.at - middle)) };
}

/** Weights whose relative gradient differs from the median by more than a thousand: no one learning rate of SGD fits all. */
export const scaleMismatch: FindingRule = {
  id: "scale-mismatch",
  examine: (c) => {
    const all = relatives(c);
    if (all.length < FEWEST) return [];
    const raw = farFrom(all, (r) => r.ln);
    const open = farFrom(all, (r) => r.ln - r.lnScale);
    if (raw.far.length === 0) return [];
    // A branch with a small factor at its end starts almost shut on purpose: its weights wait for the factor to grow.
    const shut = open.far.length === 0;
    const { middle, far } = shut ? raw : open;
    const told = c.verdict.decision === "exploding" || c.verdict.decision === "vanishing" || c.verdict.decision === "mixed";
    // Under a norm a step only lengthens a weight, and its relative gradient falls with the square of its length: what is too large settles by itself.
    const settles = far.every((r) => r.normed && r.at > middle);
    return [
      {
        rule: "scale-mismatch",
        severity: told || shut || settles ? "info" : "warning",
        where: some(far.map((r) => r.name)),
        evidence: `‖gradient‖/‖weight‖ of ${plural(far.length, "weight")} of ${all.length} lies more than ${figure(1e3)}-fold from the median ${magnitude(middle)}: ${some(far.map((r) => `${r.name} ×${magnitude(r.at - middle)}`))}`,
        why: told
          ? "The gradients of the weights follow the profile that was found ill."
          : shut
            ? `The other weights stand in branches that begin with a factor of ${figure(Math.exp(Math.min(...all.map((r) => r.lnScale))))} at their end, and their gradients with it. SGD with one rate trains them only once the factors have grown.`
            : settles
              ? "Each of them stands before a norm and starts short beside its gradient. Its first steps lengthen it, and its relative gradient falls with the square of its length, so it settles by itself."
              : "One learning rate moves some layers by a thousand times more of their own size than others: it is too large for these or does nothing for those. Under a norm a weight's gradient goes with 1/‖W‖, so unequal weight norms alone do it.",
        remedy: told
          ? "Cure the profile first."
          : shut
            ? "Nothing with Adam and its kin, which divide by each gradient's size; with SGD a larger factor, or a larger rate for the factors."
            : settles
              ? "Usually nothing; a warm-up makes the first steps smaller."
              : "Give the weights comparable norms at the start, use rates per layer, or an optimiser that divides by the gradient's size (Adam, LARS), which costs memory and has its own rates to find.",
      },
    ];
  },
};

/** ln ‖g‖/‖w‖ of the weights of matrix products and convolutions before the head; weights that are zero, or have no gradient, are left out. */
function relatives(c: Evidence): readonly Relative[] {
  // A classifier is often started small or at zero, and nothing follows that would be scaled by it.
  const weights = new Map(c.structure.blocks.flatMap((b) => (b.role === "head" ? [] : b.weights.map((w) => [w, b] as const))));
  return (c.measurements[0]?.parameters ?? []).flatMap(({ parameter }, i) => {
    const block = weights.get(parameter.name);
    if (!block || parameter.value.shape.length < 2) return [];
    let squares = 0;
    for (const v of parameter.value.data) squares += v * v;
    const ln = mean(c.measurements.map((m) => m.parameters[i]!.lnGradient)) - 0.5 * Math.log(squares);
    return Number.isFinite(ln)
      ? [{ name: parameter.name, ln, lnScale: Math.log(Math.abs(block.branchScale ?? 1) || 1), normed: block.normSites.some((n) => !n.inference) }]
      : [];
  });
}
