import { readers } from "../graph/graph.js";
import { traitsOf } from "../ops/registry.js";
import type { Bound } from "../passes/bind.js";
import { activityOf } from "./activity.js";
import { isLayout } from "./node-kind.js";
import { LONGEST_STEP } from "./state-path.js";
import { viewOf } from "./view.js";

/**
 * Returns those of some tensors that only stand for the state before the first step of one that is computed element by element: all that they enter, element by element, is the
 * first state that is marked. `target`: the value that the loss is computed from.
 */
export function firstStates(bound: Bound, target: string, names: readonly string[]): ReadonlySet<string> {
  if (names.length === 0) return new Set();
  const states = new Set(viewOf(bound, activityOf(bound.graph, target)).flatMap((n) => n.step?.from ?? []));
  const users = readers(bound.graph);
  const begins = (name: string): boolean => {
    const seen = new Set([name]);
    let reached = false;
    for (const v of seen) {
      if (states.has(v)) {
        reached = true;
        continue;
      }
      const own = users.get(v) ?? [];
      const passes = own.every((n) => traitsOf(n).elementwise === true || (isLayout(n) && traitsOf(n).moves !== "selects"));
      if (own.length === 0 || !passes || seen.size > LONGEST_STEP) return false;
      for (const n of own) for (const o of n.outputs) seen.add(o);
    }
    return reached;
  };
  return new Set(states.size === 0 ? [] : names.filter(begins));
}
