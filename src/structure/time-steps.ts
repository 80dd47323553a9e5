import type { Link } from "./link.js";
import { clockOf, isLayer } from "./node-kind.js";

/** The fewest steps that make a chain over time. */
const FEWEST = 4;

/** A stretch of links: `begin` (inclusive) to `end` (exclusive). */
export interface Stretch {
  readonly begin: number;
  readonly end: number;
}

/**
 * Finds the steps of time among links in series: they apply the same weights one behind another, and something enters at each of them but perhaps one, as in a
 * cell that is written out, or in a loop, of which only the last state is used. Layers that share their weights and take no inputs are no steps of time.
 */
export function timeSteps(links: readonly Link[]): readonly Stretch[] {
  const runs: { begin: number; end: number; weights: string; steps: number; fed: number }[] = [];
  let fed = true;
  links.forEach((link, i) => {
    const weights = [...new Set(link.nodes.flatMap((n) => clockOf(n) ?? []))].sort().join(" ");
    const last = runs[runs.length - 1];
    const weighted = link.nodes.some(isLayer);
    const enters = takesMore(link);
    if (!weighted) {
      if (last && enters && !fed) last.fed++;
      if (last) last.end = i + 1;
      fed ||= enters;
      return;
    }
    fed = enters;
    if (last?.weights === weights) {
      last.steps++;
      last.end = i + 1;
      if (enters) last.fed++;
    } else runs.push({ begin: i, end: i + 1, weights, steps: 1, fed: enters ? 1 : 0 });
  });
  return runs.filter((r) => r.steps >= FEWEST && r.fed >= r.steps - 1);
}

/** Whether a link takes an activation that does not come from the cut at which it begins. */
function takesMore({ from, nodes }: Link): boolean {
  const made = new Set([...from, ...nodes.flatMap((n) => n.outputs)]);
  return nodes.some((n) => n.inputs.some((v) => !made.has(v)));
}
