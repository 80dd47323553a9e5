import type { Graph } from "../../graph/graph.js";
import { passesGradient } from "../../ops/registry.js";
import type { Structure } from "../../structure/types.js";

/**
 * Returns for each trunk the position of the first block that something which is trained lies in or feeds, by whatever way: of the blocks before it no gradient is asked.
 * Undefined where nothing was frozen: all blocks count then.
 */
export function firstTrained(
  graph: Graph,
  trunks: readonly Structure[],
  trained: readonly string[],
  isFrozen: boolean,
): readonly number[] | undefined {
  if (!isFrozen) return undefined;
  const led = new Set(trained);
  const made = new Set<string>();
  for (const n of graph.nodes) {
    const isLed = n.inputs.some((v, k) => led.has(v) && passesGradient(n, k, (x) => graph.types.get(x)));
    for (const o of n.outputs) {
      made.add(o);
      if (isLed) led.add(o);
    }
  }
  return trunks.map((t) => {
    const first = t.blocks.findIndex((b) => t.trunk[b.to]!.values.some((v) => led.has(v) || !made.has(v)));
    return first === -1 ? t.blocks.length : first;
  });
}
