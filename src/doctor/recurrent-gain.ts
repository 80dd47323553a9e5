import type { Block, Span } from "../structure/types.js";
import type { Evidence, FindingRule } from "./evidence.js";
import type { Finding } from "./finding.js";
import { HUNDREDFOLD, lnGradientAt } from "./shared/profile.js";
import { magnitude, plural, rate } from "./shared/words.js";
import { mean, studentInterval } from "../math/statistics.js";

/** Fewer steps tell nothing; a rate that needs more than this many to matter is none. */
const FEWEST = 4;
const FARTHEST = 1000;

/** The gain of one step in time of an unrolled recurrent chain. */
export const recurrentGain: FindingRule = {
  id: "recurrent-gain",
  examine: (c) => innermost(c).flatMap((span) => ofSpan(c, span)),
};

/** Recurrent spans that hold no other one. */
function innermost(c: Evidence): readonly Span[] {
  const spans = c.structure.spans.filter((s) => s.kind === "recurrent");
  return spans.filter((s) => !spans.some((t) => t !== s && t.from >= s.from && t.to <= s.to && t.nesting > s.nesting));
}

/** The steps of a span: neighbouring blocks that use the same weights. */
function stepsOf(c: Evidence, span: Span): readonly Block[] {
  const inside = c.structure.blocks.filter((b) => b.from >= span.from - 1 && b.to <= span.to && b.weights.length > 0);
  const runs: Block[][] = [];
  for (const b of inside) {
    const run = runs[runs.length - 1];
    const last = run?.[run.length - 1];
    if (run && last && b.from === last.to && b.weights.every((w) => last.weights.includes(w))) run.push(b);
    else runs.push([b]);
  }
  return runs.reduce<Block[]>((best, r) => (r.length > best.length ? r : best), []);
}

function ofSpan(c: Evidence, span: Span): readonly Finding[] {
  const steps = stepsOf(c, span);
  if (steps.length < FEWEST) return [];
  const gains = steps.map((b) => lnGradientAt(c, b.from) - lnGradientAt(c, b.to));
  const lnStep = mean(gains);
  const interval = studentInterval(gains);
  if (!interval || !(interval.low > 0 || interval.high < 0)) return [];
  const needed = HUNDREDFOLD / Math.abs(lnStep);
  if (needed > FARTHEST) return [];
  const total = lnStep * steps.length;
  const grows = lnStep > 0;
  const [first, last] = [steps[0]!, steps[steps.length - 1]!];
  const name = (cut: number): string => c.structure.trunk[cut]!.name;
  return [
    {
      rule: "recurrent-gain",
      severity: Math.abs(total) > HUNDREDFOLD ? "warning" : "info",
      where: `${name(first.from)} … ${name(last.to)}`,
      evidence: `×${rate(Math.exp(lnStep))} per step on the norm (${rate(Math.exp(interval.low))} to ${rate(Math.exp(interval.high))}, over ${plural(steps.length, "step")}), ×${magnitude(total)} over all of them; ${grows ? "100" : "1/100"} is reached after ${plural(Math.ceil(needed), "step")}`,
      why:
        first.kind === "gated"
          ? "The state is carried through the gates at every step: what a forget (or update) gate lets through, times itself once a step, is what early inputs keep."
          : "The same recurrent matrix and slope are passed at every step (tanh: σ^2·E[φ'^2] on the square), so the gain of one step is raised to the number of steps.",
      remedy: grows
        ? "Orthogonal or smaller recurrent weights, gated cells, shorter truncation (which cannot learn longer dependencies). Clipping bounds the step that is taken, not the growth."
        : `What lies more than about ${Math.ceil(needed)} steps back hardly teaches anything: use gated cells or a larger forget-gate bias (memory that also keeps what should be forgotten), orthogonal recurrent weights, or attention over time.`,
    },
  ];
}
