import type { Graph } from "../graph/graph.js";
import type { Tensor } from "../graph/tensor.js";
import { withoutDeadCode } from "../passes/order.js";
import { openGraph } from "../runtime/open-graph.js";
import type { GraphHost } from "../runtime/open-graph.js";
import type { Values } from "../runtime/runtime.js";

/** No more runs than this are made for it. */
const RUNS = 64;

/**
 * Finds the examples that make a value NaN, or infinite, of a batch of which the whole does, where examples are independent but the value has no row for each (batch and heads in one axis). An example is one if
 * a batch of nothing but copies of it does. Halves of the batch are tried, then halves of those that do. Undefined where the value has no such examples, and where it takes too many runs.
 * Errors: `memory/limit`, `runtime/…`.
 */
export async function badExamples(
  graph: Graph,
  value: string,
  feeds: Values,
  host: GraphHost,
  examples: number,
): Promise<{ readonly example: number; readonly examples: number } | undefined> {
  if (examples < 2 || ![...feeds.values()].some((t) => t.shape[0] === examples)) return undefined;
  const only = withoutDeadCode({ ...graph, outputs: [value] });
  const needed = new Set(only.inputs.map((i) => i.name));
  const executable = await openGraph(only, host);
  let runs = 0;
  const isBad = async (group: readonly number[]): Promise<boolean> => {
    runs++;
    const found = await executable.run(
      new Map([...feeds].flatMap(([name, t]) => (needed.has(name) ? [[name, copies(t, examples, group)]] : []))),
      new Map(),
    );
    return worst(found.get(value)!) >= grade;
  };
  // Of a group that is bad, the examples that are; a group none of whose halves is bad is bad for another reason.
  const badOf = async (group: readonly number[]): Promise<readonly number[] | undefined> => {
    if (group.length === 1) return group;
    if (runs >= RUNS) return undefined;
    const half = group.length >> 1;
    const found: number[] = [];
    for (const part of [group.slice(0, half), group.slice(half)]) {
      const own = (await isBad(part)) ? await badOf(part) : [];
      if (own === undefined) return undefined;
      found.push(...own);
    }
    return found.length > 0 ? found : undefined;
  };
  let grade = 0;
  try {
    const all = Array.from({ length: examples }, (_, i) => i);
    const whole = await executable.run(new Map([...feeds].filter(([name]) => needed.has(name))), new Map());
    grade = worst(whole.get(value)!);
    const bad = await badOf(all);
    return bad && { example: bad[0]!, examples: bad.length };
  } finally {
    await executable.dispose();
  }
}

/** How far a tensor is from finite: 3 with NaN, 2 with +∞, 1 with −∞, which a mask may leave in it. */
function worst(t: Tensor): number {
  let grade = 0;
  for (const v of t.data) grade = Math.max(grade, Number.isNaN(v) ? 3 : v === Infinity ? 2 : v === -Infinity ? 1 : 0);
  return grade;
}

/** Returns a tensor with the rows of a group of examples, one after another, in place of all rows. */
function copies(t: Tensor, examples: number, group: readonly number[]): Tensor {
  if (t.shape[0] !== examples) return t;
  const size = t.data.length / examples;
  const data = t.data.slice();
  for (let e = 0; e < examples; e++) {
    const from = group[e % group.length]! * size;
    data.set(t.data.subarray(from, from + size), e * size);
  }
  return { ...t, data };
}
