import type { Graph, Node } from "../graph/graph.js";
import { isFloat, sizeOf } from "../graph/tensor.js";
import type { Tensor } from "../graph/tensor.js";
import { newBuilder } from "../ops/registry.js";
import { withoutDeadCode } from "../passes/order.js";
import type { Runtime, Values } from "../runtime/runtime.js";

/** The first value of a run that is not finite, and the operands of the node that computed it. */
export interface NonFinite {
  readonly direction: "forward" | "backward";
  /** The file's node (for a cotangent the node through which the backward pass goes) and its op. */
  readonly node: string;
  readonly op: string;
  /** The value, by its name in the graph. */
  readonly value: string;
  /** Smallest and largest element of every float operand; NaN where it contains NaN. */
  readonly operands: readonly { readonly name: string; readonly low: number; readonly high: number }[];
  /** The first example (row of axis 0) with an element that is not finite; null where the value has no row per example. */
  readonly example: number | null;
  readonly kind: "NaN" | "infinity";
  /** How many of the value's elements are not finite. */
  readonly count: number;
  readonly elements: number;
}

/**
 * Finds the first node of a graph, in topological order, with a value that is not finite; undefined where all are finite. The first of two runs computes a
 * flag for each value (Σ 0·x is 0 or NaN), the second fetches the operands of the node found. Inputs and weights are examined first. Errors: `runtime/…`.
 */
export async function firstNonFinite(graph: Graph, feeds: Values, runtime: Runtime, examples: number): Promise<NonFinite | undefined> {
  const given = [...[...graph.initializers].map(([name, t]) => [name, t] as const), ...feeds];
  const bad = given.find(([name, t]) => graph.types.has(name) && isFloat(t.dtype) && worst(t) !== undefined);
  if (bad) return { ...describe(bad[1], examples), direction: "forward", node: bad[0], op: "input", value: bad[0], operands: [] };
  const flags = await flagged(graph, feeds, runtime);
  const node = graph.nodes.find((n) => n.outputs.some((o) => flags.get(o) === true));
  if (!node) return undefined;
  const value = node.outputs.find((o) => flags.get(o) === true)!;
  const floats = [...new Set(node.inputs.filter((v) => v !== "" && isFloat(graph.types.get(v)!.dtype)))];
  const values = await fetchAll(graph, feeds, runtime, [value, ...floats]);
  const operands = floats.map((name) => ({ name, ...rangeOf(values.get(name)!) }));
  const { node: at, op } = node.origin ?? { node: node.name, op: node.op };
  const direction = node.origin?.role === "backward" ? "backward" : "forward";
  return { ...describe(values.get(value)!, examples), direction, node: at, op, value, operands };
}

async function flagged(graph: Graph, feeds: Values, runtime: Runtime): Promise<ReadonlyMap<string, boolean>> {
  const b = newBuilder(graph);
  b.outputs.length = 0;
  const flagOf = new Map<string, string>();
  for (const n of graph.nodes) {
    for (const o of n.outputs) {
      if (o === "" || !b.isFloat(o) || sizeOf(b.shape(o)) === 0) continue;
      const zeros = b.scale(o, 0);
      const flag = b.op("Identity", [
        b.reshape(
          b.reduceSum(
            zeros,
            b.shape(o).map((_, i) => i),
            false,
          ),
          [1],
        ),
      ]);
      flagOf.set(o, flag);
      b.outputs.push(flag);
    }
  }
  const executable = await runtime.prepare(b.build(graph.name));
  try {
    const values = await executable.run(feeds);
    return new Map([...flagOf].map(([value, flag]) => [value, Number.isNaN(values.get(flag)!.data[0]!)]));
  } finally {
    await executable.dispose();
  }
}

async function fetchAll(graph: Graph, feeds: Values, runtime: Runtime, wanted: readonly string[]): Promise<ReadonlyMap<string, Tensor>> {
  const computed = wanted.filter((v) => graph.nodes.some((n: Node) => n.outputs.includes(v)));
  const found = new Map<string, Tensor>();
  for (const v of wanted) {
    const t = graph.initializers.get(v) ?? feeds.get(v);
    if (t) found.set(v, t);
  }
  const executable = await runtime.prepare(withoutDeadCode({ ...graph, outputs: computed }));
  try {
    for (const [v, t] of await executable.run(feeds)) found.set(v, t);
    return found;
  } finally {
    await executable.dispose();
  }
}

function worst(t: Tensor): number | undefined {
  for (let i = 0; i < t.data.length; i++) if (!Number.isFinite(t.data[i]!)) return i;
  return undefined;
}

function describe(t: Tensor, examples: number): Pick<NonFinite, "kind" | "example" | "count" | "elements"> {
  const at = worst(t) ?? 0;
  const rows = t.shape.length > 0 && t.shape[0] === examples && examples > 1;
  let count = 0;
  for (const v of t.data) if (!Number.isFinite(v)) count++;
  const example = rows ? Math.floor(at / (t.data.length / examples)) : null;
  return { kind: Number.isNaN(t.data[at]!) ? "NaN" : "infinity", example, count, elements: t.data.length };
}

function rangeOf(t: Tensor): { readonly low: number; readonly high: number } {
  let [low, high] = [Infinity, -Infinity];
  for (const v of t.data) {
    if (Number.isNaN(v)) return { low: NaN, high: NaN };
    if (v < low) low = v;
    if (v > high) high = v;
  }
  return { low, high };
}
