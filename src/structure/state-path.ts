import type { Graph, Node } from "../graph/graph.js";
import { producers } from "../graph/graph.js";
import { traitsOf } from "../ops/registry.js";
import { isLayout } from "./node-kind.js";
import type { ViewNode } from "./node-kind.js";

/** The most nodes between a value and the one that it is made of a step before. */
export const LONGEST_STEP = 24;
/** How many ops of what enters a node tell whether something alike enters another. */
const DEEPEST_KEY = 6;
/** The most nodes that are searched for the way from a state into what enters beside it. */
const FARTHEST = 32;

/** What enters a node beside the deepest activation that it takes. */
export interface Side {
  readonly value: string;
  /** How many nodes back on the path a node lies that it is made of, the farthest of such; 0 where none is near. */
  readonly back: number;
}

/** A node that computes each element of a state from the same element before, and what it does so with. */
export interface PathNode {
  readonly node: ViewNode;
  /** The deepest activation that it takes. */
  readonly main: string;
  /** The node that makes this, where it is one of these, too. */
  readonly before: PathNode | undefined;
  readonly sides: readonly Side[];
  /** Equal for nodes that do the same with what enters: the same op, with the same weight, with numbers of one value, or with what is made alike of other parts of one value. */
  readonly key: string;
  /** The same, whatever the weights are. */
  readonly alike: string;
}

/** Finds the paths of nodes that compute each element from the same element before. Linear in the size of the view. */
export function statePaths(graph: Graph, view: readonly ViewNode[], isParameter: (v: string) => boolean): readonly PathNode[] {
  const makers = new Map(view.flatMap((n) => n.outputs.map((o) => [o, n] as const)));
  const keyOf = keysOf(graph, isParameter);
  const depth = new Map<string, number>();
  const found = new Map<ViewNode, PathNode>();
  for (const node of view) {
    const at = 1 + node.inputs.reduce((d, v) => Math.max(d, depth.get(v) ?? 0), 0);
    for (const o of node.outputs) depth.set(o, at);
    if (!isElementwise(node)) continue;
    const main = node.inputs.reduce((a, b) => ((depth.get(b) ?? 0) > (depth.get(a) ?? 0) ? b : a));
    const maker = makers.get(main);
    const before = maker && found.get(maker);
    const sides = node.inputs.some((v) => v !== main) ? sidesOf(node, main, before, makers, depth) : [];
    if (sides === undefined) continue;
    const key = [node.op, ...node.nodes.flatMap((n) => n.inputs.map((v) => operandKey(v)))].join(" ");
    const alike = [node.op, ...node.nodes.flatMap((n) => n.inputs.map((v) => (isParameter(v) ? "weight" : operandKey(v))))].join(" ");
    found.set(node, { node, main, before, sides, key, alike });

    function operandKey(v: string): string {
      if (v === main) return "state";
      const back = sides!.find((s) => s.value === v)?.back ?? 0;
      return back > 0 ? `back${back}` : keyOf(v);
    }
  }
  return [...found.values()];
}

/** Whether a node computes each element from the elements at its position only. */
const isElementwise = (n: ViewNode): boolean =>
  n.outputs.length === 1 && n.nodes.every((m) => traitsOf(m).elementwise === true || (isLayout(m) && traitsOf(m).moves !== "selects"));

/** What enters a node beside `main`; undefined where what comes before on the path gets there through more than functions of single elements. */
function sidesOf(
  node: ViewNode,
  main: string,
  before: PathNode | undefined,
  makers: ReadonlyMap<string, ViewNode>,
  depth: ReadonlyMap<string, number>,
): readonly Side[] | undefined {
  const back = new Map<ViewNode, number>();
  let first = before;
  for (let k = 1; first && k <= LONGEST_STEP; k++, first = first.before) back.set(first.node, k);
  const least = before ? (depth.get([...back.keys()].at(-1)!.outputs[0]!) ?? 0) : Infinity;
  const sides: Side[] = [];
  for (const value of new Set(node.inputs)) {
    if (value === main) continue;
    let farthest = 0;
    const seen = new Set([value]);
    const stack: { readonly value: string; readonly mixes: boolean }[] = [{ value, mixes: false }];
    for (let top = stack.pop(); top && seen.size < FARTHEST; top = stack.pop()) {
      const maker = makers.get(top.value);
      if (!maker || (depth.get(top.value) ?? 0) < least) continue;
      const k = back.get(maker);
      if (k !== undefined) {
        if (top.mixes) return undefined;
        farthest = Math.max(farthest, k);
        continue;
      }
      const mixes = top.mixes || !isElementwise(maker);
      for (const v of maker.inputs) {
        if (seen.has(v)) continue;
        seen.add(v);
        stack.push({ value: v, mixes });
      }
    }
    sides.push({ value, back: farthest });
  }
  return sides;
}

/** Returns a text for each value that is the same for values made alike: of other parts of one value by the same ops, with the same weights and numbers. */
function keysOf(graph: Graph, isParameter: (v: string) => boolean): (value: string) => string {
  const makers = producers(graph);
  const known = Array.from({ length: DEEPEST_KEY + 1 }, () => new Map<string, number>());
  const texts = new Map<string, number>();
  const numbered = (text: string): number => {
    const own = texts.get(text) ?? texts.size;
    texts.set(text, own);
    return own;
  };
  const stored = (v: string): string => {
    const tensor = graph.initializers.get(v);
    return tensor?.data.length === 1 ? String(tensor.data[0]) : isParameter(v) ? v : "constant";
  };
  const of = (v: string, left: number): number => {
    const before = known[left]!.get(v);
    if (before !== undefined) return before;
    const n = makers.get(v);
    const own = n ? (left === 0 ? "…" : made(n, left)) : v === "" ? "" : graph.initializers.has(v) ? stored(v) : v;
    const number = numbered(own);
    known[left]!.set(v, number);
    return number;
  };
  const made = (n: Node, left: number): string => {
    const { moves, splits } = traitsOf(n);
    // Which part of a value it is does not tell steps apart.
    const parts = moves !== undefined || splits === true;
    return `${n.op} ${(parts ? n.inputs.slice(0, 1) : n.inputs).map((i) => of(i, left - 1)).join(" ")}`;
  };
  return (v) => String(of(v, DEEPEST_KEY));
}
