import * as z from "zod";
import { mean, studentInterval } from "../math/statistics.js";
import { lnGradientAt, lnThrough } from "../probe/check-readings.js";
import { stretchSite } from "../structure/block-site.js";
import type { Block, Span } from "../structure/types.js";
import { magnitude, plural, rate } from "../util/format.js";
import { whole } from "../util/json.js";
import { onTrunks } from "./evidence.js";
import type { Evidence } from "./evidence.js";
import { factsOf, findingRule } from "./rule.js";
import type { FindingRule, Observation } from "./rule.js";
import { lnFactor } from "./shared/fact-schemas.js";
import { HUNDREDFOLD } from "./shared/profile.js";

/** Fewer steps tell nothing; a rate that needs more than this many to matter is none. */
const FEWEST = 4;
const FARTHEST = 1000;

const facts = factsOf({
  lnPerStep: lnFactor,
  steps: whole,
  gated: z.boolean().meta({ description: "Whether the state passes gates." }),
});

/** The gain of one step in time of an unrolled recurrent chain. */
export const recurrentGain: FindingRule = findingRule({
  id: "recurrent-gain",
  facts,
  examine: (all) => onTrunks(all).flatMap((e) => innermost(e).flatMap((span) => ofSpan(e, span))),
  words: ({ facts: { lnPerStep, steps, gated } }, style) => {
    const { value, low, high } = lnPerStep;
    const needed = Math.ceil(HUNDREDFOLD / Math.abs(value));
    const grows = value > 0;
    return {
      evidence: `the norm of the gradient changes ×${rate(Math.exp(value), style)} per step (${rate(Math.exp(low), style)} to ${rate(Math.exp(high), style)}, over ${plural(steps, "step")}) and ×${magnitude(value * steps, style)} over all of them; ${grows ? `it reaches ×100 after ${plural(needed, "step")}` : `the memory is ${plural(needed, "step")} long (to 1/100)`}`,
      why: gated
        ? "The state is carried through the gates at every step: what a forget (or update) gate lets through, times itself once a step, is what early inputs keep. All steps share their weights, so a short memory starves none of them, and training can lengthen it."
        : "The same recurrent matrix (or factor, or gates) and slope are passed at every step (matrix and tanh: σ^2·E[φ'^2] on the square), so the gain of one step is raised to the number of steps.",
      remedy: grows
        ? "Orthogonal or smaller recurrent weights, gated cells, shorter truncation (which cannot learn longer dependencies). Clipping bounds the step that is taken, not the growth."
        : `If what the output needs lies more than about ${needed} steps back, it hardly teaches anything at the start: use gated cells or a larger forget-gate bias (memory that also keeps what should be forgotten), orthogonal recurrent weights, or attention over time.`,
    };
  },
});

/** Returns the recurrent spans that hold no other one. */
function innermost(e: Evidence): readonly Span[] {
  const spans = e.structure.spans.filter((s) => s.kind === "recurrent");
  return spans.filter((s) => !spans.some((t) => t !== s && t.from >= s.from && t.to <= s.to && t.nesting > s.nesting));
}

const clocksOf = (b: Block): readonly string[] => b.clocks ?? b.weights;

/** Returns the steps of a span: neighbouring blocks that use the same weights. */
function stepsOf(e: Evidence, span: Span): readonly Block[] {
  const inside = e.structure.blocks.filter((b) => b.from >= span.from - 1 && b.to <= span.to && clocksOf(b).length > 0);
  const runs: Block[][] = [];
  for (const b of inside) {
    const run = runs[runs.length - 1];
    const last = run?.[run.length - 1];
    if (run && last && b.from === last.to && clocksOf(b).every((c) => clocksOf(last).includes(c))) run.push(b);
    else runs.push([b]);
  }
  return runs.reduce<Block[]>((best, r) => (r.length > best.length ? r : best), []);
}

/**
 * Tells whether a gain over time is to be warned of: growth of more than 100×, by its whole interval over the replicates; a fall only where its chain is judged to vanish, since steps share
 * their weights, and a fall says how short the memory is at the start, not that it stays so.
 */
function isGrave(e: Evidence, lnPerStep: number, steps: readonly Block[]): boolean {
  return e.chains.some(
    ({ blocks, verdict }) =>
      steps.some((s) => blocks.includes(s)) && (lnPerStep > 0 ? verdict.rise.low > HUNDREDFOLD : verdict.decision === "vanishing"),
  );
}

function ofSpan(e: Evidence, span: Span): readonly Observation<z.output<typeof facts>>[] {
  const steps = stepsOf(e, span);
  if (steps.length < FEWEST) return [];
  const gains = steps.map((b) => lnThrough(e, b, e.structure.blocks.indexOf(b)) - lnGradientAt(e, b.to));
  const value = mean(gains);
  const interval = studentInterval(gains);
  if (!interval || !(interval.low > 0 || interval.high < 0)) return [];
  if (HUNDREDFOLD / Math.abs(value) > FARTHEST) return [];
  const [first, last] = [steps[0]!, steps[steps.length - 1]!];
  const name = (cut: number): string => e.structure.trunk[cut]!.name;
  return [
    {
      severity: isGrave(e, value, steps) ? "warning" : "info",
      site: stretchSite(e.structure, e.bound.graph, steps, `${name(first.from)} … ${name(last.to)}`),
      facts: { lnPerStep: { value, low: interval.low, high: interval.high }, steps: steps.length, gated: first.kind === "gated" },
    },
  ];
}
