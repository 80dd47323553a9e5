import { producers, readers } from "../graph/graph.js";
import type { Graph } from "../graph/graph.js";
import { isFloat, sizeOf } from "../graph/tensor.js";
import type { Tensor } from "../graph/tensor.js";
import { newBuilder, traitsOf } from "../ops/registry.js";
import { dependents } from "../passes/dependents.js";
import { withoutDeadCode } from "../passes/order.js";
import { openGraph } from "../runtime/open-graph.js";
import type { GraphHost } from "../runtime/open-graph.js";
import type { Values } from "../runtime/runtime.js";

/** How a value fails to be finite: `mask` holds no more than the −∞ of a mask, which the file or a feed gives or nodes make of what nothing trains. */
export type State = "NaN" | "infinity" | "mask";

/** Returns how values fail to be finite, of those that do: inputs, weights, and what the nodes make. `trained`: the names of the parameters. */
export async function statesOf(graph: Graph, feeds: Values, host: GraphHost, trained: ReadonlySet<string>): Promise<ReadonlyMap<string, State>> {
  const states = new Map<string, State>();
  const users = readers(graph);
  // What something is multiplied by over an axis is a weight that has diverged, and no mask.
  const isWeight = (name: string): boolean =>
    graph.initializers.has(name) && users.get(name)?.some((n) => (traitsOf(n).product ?? traitsOf(n).convolves) !== undefined) === true;
  for (const [name, t] of [...graph.initializers, ...feeds]) {
    if (!graph.types.has(name) || firstBad(t) === undefined) continue;
    const isMask = !isWeight(name) && !t.data.some((v) => v === Infinity);
    states.set(name, t.data.some(Number.isNaN) ? "NaN" : isMask ? "mask" : "infinity");
  }
  const flagged = await flags(graph, feeds, host, valuesOf(graph), (b, v) => b.scale(v, 0));
  const bad = [...flagged].flatMap(([v, sum]) => (Number.isNaN(sum) ? [v] : []));
  if (bad.length === 0) return states;
  const isNaN = await flags(graph, feeds, host, bad, (b, v) => b.cast(b.op("IsNaN", [v]), b.dtype(v)));
  const isHigh = await flags(graph, feeds, host, bad, (b, v) => b.cast(b.op("IsInf", [v], { detect_negative: 0 }), b.dtype(v)));
  const makers = producers(graph);
  const low = new Set(bad.filter((v) => isNaN.get(v) === 0 && isHigh.get(v) === 0));
  const made = await madeMasks(graph, feeds, host, { low, bad: new Set(bad), isNaN: new Set(bad.filter((v) => isNaN.get(v)! > 0)), trained });
  // In the order of the graph: whether −∞ is a mask's depends on what it was made of.
  for (const v of bad) {
    const masked = makers.get(v)!.inputs.some((i) => states.get(i) === "mask");
    states.set(v, isNaN.get(v)! > 0 ? "NaN" : low.has(v) && (masked || made.has(v)) ? "mask" : "infinity");
  }
  return states;
}

/** Values that are not finite (`bad`), and those of them that hold −∞ and neither NaN nor +∞ (`low`). */
interface Bad {
  readonly low: ReadonlySet<string>;
  readonly bad: ReadonlySet<string>;
  readonly isNaN: ReadonlySet<string>;
  readonly trained: ReadonlySet<string>;
}

/**
 * Returns the values whose −∞ nodes make as a mask, such as the logarithm of zeros and ones: nothing that is trained has a part in them, and they come to nothing but softmaxes.
 * Those that come to an output as well, where a softmax may follow or not, hold besides nothing but what masks hold.
 */
async function madeMasks(graph: Graph, feeds: Values, host: GraphHost, { trained, ...kinds }: Bad): Promise<ReadonlySet<string>> {
  const { low } = kinds;
  if (low.size === 0) return low;
  const moving = dependents(graph, trained);
  const users = readers(graph);
  const [within, beyond]: [string[], string[]] = [[], []];
  for (const v of low) {
    if (moving.has(v)) continue;
    const end = endOf(graph, v, users, kinds);
    if (end !== "elsewhere") (end === "softmax" ? within : beyond).push(v);
  }
  if (beyond.length === 0) return new Set(within);
  const others = await flags(graph, feeds, host, beyond, (b, v) => {
    const isHeld = [0, 1].reduce((held, own) => b.op("Or", [held, b.op("Equal", [v, b.scalar(own, v)])]), b.less(v, b.scalar(LOWEST, v)));
    return b.cast(b.op("Not", [isHeld]), b.dtype(v));
  });
  return new Set([...within, ...beyond.filter((v) => others.get(v) === 0)]);
}

/** Below this a number stands for −∞ in a mask. */
const LOWEST = -1e4 * (1 - 1e-9);

/** Tells what a value of −∞ comes to, by sums and the like that leave it −∞: softmaxes alone, outputs as well, or something else. */
function endOf(
  graph: Graph,
  value: string,
  users: ReturnType<typeof readers>,
  { low, bad, isNaN }: Omit<Bad, "trained">,
): "softmax" | "output" | "elsewhere" {
  const seen = new Set([value]);
  let end: "softmax" | "output" = "softmax";
  for (const v of seen) {
    const takers = users.get(v) ?? [];
    if (graph.outputs.includes(v)) end = "output";
    else if (takers.length === 0) return "elsewhere";
    for (const n of takers) {
      if (traitsOf(n).probabilities === "axis") continue;
      // NaN that comes from elsewhere says nothing of what this value comes to.
      if (n.inputs.some((i) => i !== v && isNaN.has(i))) continue;
      const own = n.outputs.filter((o) => bad.has(o));
      if (own.length === 0 || !own.every((o) => low.has(o))) return "elsewhere";
      own.forEach((o) => seen.add(o));
    }
  }
  return end;
}

/** Returns the float values that nodes of a graph make, in its order. */
const valuesOf = (graph: Graph): readonly string[] =>
  graph.nodes.flatMap((n) =>
    n.outputs.filter((o) => {
      const type = o === "" ? undefined : graph.types.get(o);
      return type !== undefined && isFloat(type.dtype) && sizeOf(type.shape) > 0;
    }),
  );

type Builder = ReturnType<typeof newBuilder>;
type Mark = (b: Builder, value: string) => string;

/** Runs a graph once more, and returns the sums over what `mark` makes of some of its values. */
async function flags(graph: Graph, feeds: Values, host: GraphHost, values: readonly string[], mark: Mark): Promise<ReadonlyMap<string, number>> {
  const [found] = await flagsOfEach(graph, [feeds], host, values, mark);
  return found!;
}

/** The same for each of several feeds. */
async function flagsOfEach(
  graph: Graph,
  feeds: readonly Values[],
  host: GraphHost,
  values: readonly string[],
  mark: Mark,
): Promise<readonly ReadonlyMap<string, number>[]> {
  const b = newBuilder(graph);
  b.outputs.length = 0;
  const flagOf = new Map<string, string>();
  for (const v of values) {
    const axes = b.shape(v).map((_, i) => i);
    const flag = b.op("Identity", [b.reshape(b.reduceSum(mark(b, v), axes, false), [1])]);
    flagOf.set(v, flag);
    b.outputs.push(flag);
  }
  const flagged = withoutDeadCode(b.build(graph.name));
  const needed = new Set(flagged.inputs.map((i) => i.name));
  const executable = await openGraph(flagged, host);
  const sums: ReadonlyMap<string, number>[] = [];
  try {
    for (const own of feeds) {
      const found = await executable.run(new Map([...own].filter(([name]) => needed.has(name))), new Map());
      sums.push(new Map([...flagOf].map(([value, flag]) => [value, found.get(flag)!.data[0]!])));
    }
    return sums;
  } finally {
    await executable.dispose();
  }
}

/** Outputs that are not finite, and the index of the first of some feeds with which they are not. */
export interface BrokenOutputs {
  readonly at: number;
  readonly outputs: readonly string[];
}

/** Finds outputs of a graph that hold NaN, an infinity, or a −∞ that is no mask's; undefined where there is none. Errors: `memory/limit`, `runtime/…`. */
export async function brokenOutputs(
  graph: Graph,
  feeds: readonly Values[],
  host: GraphHost,
  trained: ReadonlySet<string>,
): Promise<BrokenOutputs | undefined> {
  const made = new Set(valuesOf(graph));
  const sums = await flagsOfEach(
    graph,
    feeds,
    host,
    graph.outputs.filter((o) => made.has(o)),
    (b, v) => b.scale(v, 0),
  );
  const given = (own: Values): boolean => graph.outputs.some((o) => firstBad(graph.initializers.get(o) ?? own.get(o)) !== undefined);
  for (const [at, own] of feeds.entries()) {
    if (!given(own) && ![...sums[at]!.values()].some(Number.isNaN)) continue;
    const states = await statesOf(graph, own, host, trained);
    const outputs = graph.outputs.filter((o) => states.has(o) && states.get(o) !== "mask");
    if (outputs.length > 0) return { at, outputs };
  }
  return undefined;
}

/** Returns the index of the first element that is not finite. */
function firstBad(t: Tensor | undefined): number | undefined {
  const at = t === undefined || !isFloat(t.dtype) ? -1 : t.data.findIndex((v: number) => !Number.isFinite(v));
  return at < 0 ? undefined : at;
}
