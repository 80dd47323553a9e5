import { producers, readers } from "../graph/graph.js";
import type { Graph, Node } from "../graph/graph.js";
import { isFloat } from "../graph/tensor.js";
import type { Tensor } from "../graph/tensor.js";
import { traitsOf } from "../ops/registry.js";
import { withoutDeadCode } from "../passes/order.js";
import { openGraph } from "../runtime/open-graph.js";
import type { GraphHost } from "../runtime/open-graph.js";
import type { Values } from "../runtime/runtime.js";
import { badExamples } from "./bad-examples.js";
import { statesOf } from "./non-finite-states.js";
import type { State } from "./non-finite-states.js";

/** The value of a run that is not finite first, and the operands of the node that computed it. */
export interface NonFinite {
  readonly direction: "forward" | "backward";
  /** The file's node (for a cotangent the node through which the backward pass goes) and its op; of an input or a weight its name, and "input". */
  readonly node: string;
  readonly op: string;
  /** The value, by its name in the graph. */
  readonly value: string;
  /** Smallest and largest element of every float operand; NaN where it contains NaN. */
  readonly operands: readonly { readonly name: string; readonly low: number; readonly high: number }[];
  /** The first example (row of axis 0) with an element that is not finite; null where the value has no row per example. */
  readonly example: number | null;
  /** How many examples have one; null where the value has no row per example. */
  readonly examples: number | null;
  readonly kind: "NaN" | "infinity";
  /** How many of the value's elements are not finite. */
  readonly count: number;
  readonly elements: number;
  /** Whether an output of the graph is not finite because of it. */
  readonly reaches: boolean;
  /** The outputs of the file that are not finite because of it, where it reaches neither the loss nor a gradient. */
  readonly outputs?: readonly string[];
  /** Whether a −∞ of the file, meant as a mask, is among the operands. */
  readonly masked: boolean;
}

/** A value that is not finite although nothing that it was computed from explains it: what an input gives (`node` undefined) or a node makes. */
interface Origin {
  readonly value: string;
  readonly node: Node | undefined;
  readonly masked: boolean;
}

/** What is known of a run. */
export interface Batch {
  /** Number of examples. */
  readonly examples: number;
  /** The names of the parameters. */
  readonly trained: ReadonlySet<string>;
  /** Whether examples are known to be independent of each other. */
  readonly independent: boolean;
}

/**
 * Finds the first cause of what is not finite in a run of a graph whose outputs are the results that matter (the loss, gradients). It is the earliest input
 * or node from which values that are not finite lead to such an output. Where all outputs are finite it is the earliest node at all that makes one, of which
 * the rest of the network makes nothing. −∞ that the file gives as a mask is no cause: a softmax turns it into 0, and where it does not, its node is the cause (0/0 of a
 * row that is masked everywhere). −∞ that is made of what nothing trains, and that
 * only ever enters a softmax, is the same (the logarithm of zeros and ones). Undefined where there is no cause. Errors: `memory/limit`, `runtime/…`.
 *
 * The first of three runs computes a flag for each value (Σ 0·x is 0 or NaN), the second looks closer at those found, the third fetches operands.
 */
export async function firstNonFinite(graph: Graph, feeds: Values, host: GraphHost, about: Batch): Promise<NonFinite | undefined> {
  const { examples } = about;
  const states = await statesOf(graph, feeds, host, about.trained);
  if (states.size === 0) return undefined;
  const makers = producers(graph);
  const search = searchIn(graph, states, makers);
  const reaching = search.causesOf(graph.outputs);
  const cause = reaching[0] ?? search.causesOf([...states.keys()]).find((c) => c.node !== undefined && !search.endsInSoftmax(c.value));
  if (cause === undefined) return undefined;
  const { value, node, masked } = cause;
  const reaches = reaching.length > 0;
  if (node === undefined) {
    const given = graph.initializers.get(value) ?? feeds.get(value)!;
    return { ...describe(given, examples), direction: "forward", node: value, op: "input", value, operands: [], reaches, masked };
  }
  const floats = [...new Set(node.inputs.filter((v) => v !== "" && isFloat(graph.types.get(v)!.dtype)))];
  const picked = masked && node.origin?.role === "loss" ? rowsBefore(graph, states, makers, node, examples) : undefined;
  const values = await fetchAll(graph, feeds, host, [value, ...floats, ...(picked === undefined ? [] : [picked])]);
  const operands = floats.map((name) => ({ name, ...rangeOf(values.get(name)!) }));
  const { node: at, op } = node.origin ?? { node: node.name, op: node.op };
  const direction = node.origin?.role === "backward" ? "backward" : "forward";
  const found = describe(values.get(value)!, examples);
  const apart = about.independent && found.example === null ? await badExamples(graph, value, feeds, host, examples) : undefined;
  const rows = picked === undefined ? apart : rowsOf(values.get(picked)!, examples);
  return { ...found, ...rows, direction, node: at, op, value, operands, reaches, masked };
}

/** Returns the value nearest before a node of the loss that has a row for each example and a −∞ of a mask: the log-probabilities of the labels. */
function rowsBefore(
  graph: Graph,
  states: ReadonlyMap<string, State>,
  makers: ReadonlyMap<string, Node>,
  node: Node,
  examples: number,
): string | undefined {
  const stack = [...node.inputs];
  const seen = new Set<string>();
  while (stack.length > 0) {
    const v = stack.pop()!;
    if (seen.has(v) || states.get(v) !== "mask") continue;
    seen.add(v);
    if (examples > 1 && graph.types.get(v)?.shape[0] === examples) return v;
    stack.push(...(makers.get(v)?.inputs ?? []));
  }
  return undefined;
}

/** Answers which inputs and nodes are the causes of values that are not finite. */
function searchIn(graph: Graph, states: ReadonlyMap<string, State>, makers: ReadonlyMap<string, Node>) {
  const order = new Map(graph.nodes.map((n, i) => [n, i] as const));
  const place = ({ node }: Origin): number => (node === undefined ? -1 : order.get(node)!);
  /** What a value that is not finite was computed from, as far as that explains it; undefined where its node made it. */
  const explained = (value: string, node: Node): readonly string[] | undefined => {
    const state = states.get(value)!;
    const from = node.inputs.filter((v) => v !== "" && states.has(v));
    const worse = from.filter((v) => (state === "NaN" ? states.get(v) === "NaN" : states.get(v) !== "mask"));
    if (worse.length > 0) return worse;
    const infinite = from.filter((v) => states.get(v) === "infinity");
    return infinite.length > 0 ? infinite : undefined;
  };
  const causesOf = (values: readonly string[]): readonly Origin[] => {
    const found: Origin[] = [];
    const seen = new Set<string>();
    const stack = values.filter((v) => states.has(v) && states.get(v) !== "mask");
    while (stack.length > 0) {
      const value = stack.pop()!;
      if (seen.has(value)) continue;
      seen.add(value);
      const node = makers.get(value);
      const from = node && explained(value, node);
      if (from) stack.push(...from);
      else found.push({ value, node, masked: node?.inputs.some((v) => states.get(v) === "mask") === true });
    }
    return found.sort((a, b) => place(a) - place(b));
  };
  const users = readers(graph);
  const endsInSoftmax = (value: string): boolean => {
    const seen = new Set<string>();
    const stack = [value];
    while (stack.length > 0) {
      const v = stack.pop()!;
      if (seen.has(v)) continue;
      seen.add(v);
      const takers = users.get(v) ?? [];
      if (takers.length === 0) return false;
      for (const n of takers) {
        const own = n.outputs.filter((o) => states.has(o));
        if (own.length === 0 && traitsOf(n).probabilities !== "axis") return false;
        stack.push(...own);
      }
    }
    return true;
  };
  return { causesOf, endsInSoftmax };
}

async function fetchAll(graph: Graph, feeds: Values, host: GraphHost, wanted: readonly string[]): Promise<ReadonlyMap<string, Tensor>> {
  const computed = wanted.filter((v) => graph.nodes.some((n: Node) => n.outputs.includes(v)));
  const found = new Map<string, Tensor>();
  for (const v of wanted) {
    const t = graph.initializers.get(v) ?? feeds.get(v);
    if (t) found.set(v, t);
  }
  const executable = await openGraph(withoutDeadCode({ ...graph, outputs: computed }), host);
  try {
    for (const [v, t] of await executable.run(feeds, new Map())) found.set(v, t);
    return found;
  } finally {
    await executable.dispose();
  }
}

function describe(t: Tensor, examples: number): Pick<NonFinite, "kind" | "example" | "examples" | "count" | "elements"> {
  let [count, kind]: [number, NonFinite["kind"]] = [0, "infinity"];
  for (let i = 0; i < t.data.length; i++) {
    const v = t.data[i]!;
    if (Number.isFinite(v)) continue;
    count++;
    if (Number.isNaN(v)) kind = "NaN";
  }
  return { kind, ...rowsOf(t, examples), count, elements: t.data.length };
}

/** Returns the first example with an element that is not finite, and how many examples have one; null where the value has no row for each. */
function rowsOf(t: Tensor, examples: number): Pick<NonFinite, "example" | "examples"> {
  if (examples < 2 || t.shape[0] !== examples) return { example: null, examples: null };
  const size = t.data.length / examples;
  const bad = new Set<number>();
  for (let i = 0; i < t.data.length; i++) if (!Number.isFinite(t.data[i]!)) bad.add(Math.floor(i / size));
  return { example: [...bad][0] ?? 0, examples: bad.size };
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
