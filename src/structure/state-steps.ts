import type { Graph } from "../graph/graph.js";
import type { ViewNode } from "./node-kind.js";
import { LONGEST_STEP, statePaths } from "./state-path.js";
import type { PathNode } from "./state-path.js";

/** The fewest steps of a state that is computed element by element. */
const FEWEST = 8;

/**
 * Marks one node in each step of a state that is computed element by element from the one before, as those of a linear state-space model, of a leaky integrator, or of gates that
 * do not look at the state. There are at least eight steps, each a short sequence of the same ops with the same weights, and at each something else enters.
 * Sums alone are none: they pass every gradient as it is.
 */
export function withStateSteps(graph: Graph, view: readonly ViewNode[], isParameter: (v: string) => boolean): readonly ViewNode[] {
  const path = statePaths(graph, view, isParameter);
  const marks = new Map<ViewNode, NonNullable<ViewNode["step"]>>();
  const done = new Set<PathNode>();
  const repeats = repeatsOf(path);
  for (const end of [...path].reverse()) {
    if (done.has(end)) continue;
    const counts = repeats.get(end)!;
    const period = counts.findIndex((n, p) => p > 0 && n >= (FEWEST - 1) * p);
    if (period < 0) continue;
    const run: PathNode[] = [];
    for (let n: PathNode | undefined = end; n && run.length < counts[period]! + period; n = n.before) run.push(n);
    for (const n of run) done.add(n);
    for (const [node, step] of marksOf(run, period)) marks.set(node, step);
  }
  return marks.size === 0 ? view : view.map((n) => (marks.has(n) ? { ...n, step: marks.get(n)! } : n));
}

/** By node and by period, how many nodes up to it in a row do what the node a period before does. */
function repeatsOf(path: readonly PathNode[]): ReadonlyMap<PathNode, readonly number[]> {
  const repeats = new Map<PathNode, readonly number[]>();
  for (const n of path) {
    const own = [0];
    let other: PathNode | undefined = n.before;
    for (let p = 1; p <= LONGEST_STEP; p++, other = other?.before) own.push(other?.key === n.key ? (repeats.get(n.before!)?.[p] ?? 0) + 1 : 0);
    repeats.set(n, own);
  }
  return repeats;
}

/** The marks of a run of nodes, the last one first, that repeats after `period`; none where its steps are none of a state over time. */
function marksOf(run: readonly PathNode[], period: number): readonly (readonly [ViewNode, NonNullable<ViewNode["step"]>])[] {
  const works = run.slice(0, period).some(({ node }) => !["add", "shift", "layout"].includes(node.kind));
  const end = endOf(run, period);
  if (!works || end === undefined || !isFed(run, period)) return [];
  const clock = run[end]!.node.outputs[0]!;
  const steps = Math.floor((run.length - end) / period);
  const forks = run.some(({ sides }, q) => sides.some((s) => s.back > 0 && (q + s.back - end) % period === 0));
  return Array.from({ length: steps }, (_, i) => {
    // Where more than one node takes the state, the last one of the step is on all ways.
    const { node, main, sides } = run[end + i * period + (forks ? 0 : period - 1)]!;
    return [node, { clock, state: [main, ...sides.flatMap((s) => (s.back > 0 ? [s.value] : []))] }] as const;
  });
}

/** The first position at which all that a step hands on is one value; undefined where there is none. */
function endOf(run: readonly PathNode[], period: number): number | undefined {
  const crossed = new Set<number>();
  run.forEach(({ sides }, q) => {
    for (const { back } of sides) for (let at = q + 1; at < q + back; at++) crossed.add(at % period);
  });
  return Array.from({ length: period }, (_, at) => at).find((at) => !crossed.has(at));
}

/** Whether at each step something enters that does not come from the state, and that did not enter at the step before. */
function isFed(run: readonly PathNode[], period: number): boolean {
  const fed = new Set<number>();
  run.slice(0, -period).forEach(({ sides }, q) => {
    const before = new Set(run[q + period]!.sides.map((s) => s.value));
    if (sides.some((s) => s.back === 0 && !before.has(s.value))) fed.add(Math.floor(q / period));
  });
  return fed.size >= Math.floor(run.length / period) - 2;
}
