import type { Graph } from "../graph/graph.js";
import type { ViewNode } from "./node-kind.js";
import { LONGEST_STEP, statePaths } from "./state-path.js";
import type { PathNode } from "./state-path.js";

/** The fewest steps of a state that is computed element by element, and the fewest such layers. */
const FEWEST = 8;

type Step = NonNullable<ViewNode["step"]>;
type Mark = readonly [node: ViewNode, step: Step];

/** Nodes of a path, the last one first, that do after `period` nodes what they did before. */
interface Run {
  readonly nodes: readonly PathNode[];
  readonly period: number;
  /** The first position at which all that a step hands on is one value. */
  readonly end: number;
}

/**
 * Marks one node in each step of a state that is computed element by element from the one before, as those of a linear state-space model, of a leaky integrator, or of gates that
 * do not look at the state. There are at least eight steps, each a short sequence of the same ops with the same weights, and at each something else enters.
 * Layers that scale each element by weights of their own, one behind another, are marked too, each as a step of its own. Sums alone are not: they pass every
 * gradient as it is.
 */
export function withStateSteps(graph: Graph, view: readonly ViewNode[], isParameter: (v: string) => boolean): readonly ViewNode[] {
  const path = statePaths(graph, view, isParameter);
  const marks = new Map<ViewNode, Step>();
  const mark = (found: readonly Mark[]): void => found.forEach(([node, step]) => marks.set(node, step));
  for (const run of runsOf(path, (n) => n.key)) if (isFed(run)) mark(stepsOf(run));
  for (const run of runsOf(path, (n) => n.alike)) if (!run.nodes.some((n) => marks.has(n.node))) mark(layersOf(run, isParameter));
  return marks.size === 0 ? view : view.map((n) => (marks.has(n) ? { ...n, step: marks.get(n)! } : n));
}

/** The runs of at least eight periods of which the nodes have the same keys. */
function runsOf(path: readonly PathNode[], keyOf: (n: PathNode) => string): readonly Run[] {
  const repeats = repeatsOf(path, keyOf);
  const done = new Set<PathNode>();
  return [...path].reverse().flatMap((last): readonly Run[] => {
    if (done.has(last)) return [];
    const counts = repeats.get(last)!;
    const period = counts.findIndex((n, p) => p > 0 && n >= (FEWEST - 1) * p);
    if (period < 0) return [];
    const nodes: PathNode[] = [];
    for (let n: PathNode | undefined = last; n && nodes.length < counts[period]! + period; n = n.before) nodes.push(n);
    for (const n of nodes) done.add(n);
    const works = nodes.slice(0, period).some(({ node }) => !["add", "shift", "layout"].includes(node.kind));
    const end = endOf(nodes, period);
    return works && end !== undefined ? [{ nodes, period, end }] : [];
  });
}

/** By node and by period, how many nodes up to it in a row do what the node a period before does. */
function repeatsOf(path: readonly PathNode[], keyOf: (n: PathNode) => string): ReadonlyMap<PathNode, readonly number[]> {
  const repeats = new Map<PathNode, readonly number[]>();
  for (const n of path) {
    const own = [0];
    const before = n.before && repeats.get(n.before);
    let other: PathNode | undefined = n.before;
    for (let p = 1; p <= LONGEST_STEP && other; p++, other = other.before) own.push(keyOf(other) === keyOf(n) ? (before?.[p] ?? 0) + 1 : 0);
    repeats.set(n, own);
  }
  return repeats;
}

/** The first position that no side of a later node passes; undefined where there is none. */
function endOf(nodes: readonly PathNode[], period: number): number | undefined {
  const crossed = new Set<number>();
  nodes.forEach(({ sides }, q) => {
    for (const { back } of sides) for (let at = q + 1; at < q + back; at++) crossed.add(at % period);
  });
  return Array.from({ length: period }, (_, at) => at).find((at) => !crossed.has(at));
}

/** The whole steps of a run, the last one first; the nodes of each likewise. */
const wholeSteps = ({ nodes, period, end }: Run): readonly (readonly PathNode[])[] =>
  Array.from({ length: Math.floor((nodes.length - end) / period) }, (_, i) => nodes.slice(end + i * period, end + (i + 1) * period));

/** Whether at each step something enters that does not come from the state, and that did not enter at the step before. */
function isFed(run: Run): boolean {
  const entering = wholeSteps(run).map((nodes) => nodes.flatMap(({ sides }) => sides.flatMap((s) => (s.back === 0 ? [s.value] : []))));
  const fed = entering.slice(0, -1).filter((own, i) => own.some((v) => !entering[i + 1]!.includes(v)));
  return fed.length >= entering.length - 2;
}

/** The mark of a step, at its first node, or where more than one takes the state, at its last, which lies on all ways. */
function markOf(nodes: readonly PathNode[], clock: string): Mark {
  const first = nodes[nodes.length - 1]!;
  const forks = nodes.some(({ sides }, q) => sides.some((s) => q + s.back === nodes.length && s.back > 0));
  const { node, main, sides } = forks ? nodes[0]! : first;
  return [node, { clock, from: first.main, state: [main, ...sides.flatMap((s) => (s.back > 0 ? [s.value] : []))] }];
}

function stepsOf(run: Run): readonly Mark[] {
  const steps = wholeSteps(run);
  const clock = steps[0]![0]!.node.outputs[0]!;
  return steps.map((nodes) => markOf(nodes, clock));
}

/** The marks of layers that scale each element by weights of their own; none where something else enters, or one has no such weights. */
function layersOf(run: Run, isParameter: (v: string) => boolean): readonly Mark[] {
  const steps = wholeSteps(run);
  if (run.nodes.some(({ sides }) => sides.some((s) => s.back === 0))) return [];
  const marks = steps.flatMap((nodes) => {
    const weight = nodes.flatMap(({ node }) => (node.kind === "scale" ? node.nodes.flatMap((n) => n.inputs.filter(isParameter)) : []))[0];
    return weight === undefined ? [] : [markOf(nodes, weight)];
  });
  return marks.length === steps.length ? marks : [];
}
