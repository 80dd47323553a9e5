import type { Graph, GraphInput, Node } from "../graph/graph.js";
import { tensor } from "../graph/tensor.js";
import type { ValueType } from "../graph/tensor.js";
import type { Plan } from "./pieces.js";

/** A session that runs a plan of one piece many times over: pairs are [name in the session, name in the plan]. */
export interface LoopNames {
  /** Values that are carried, before the first step; and after the last, by the same weight. */
  readonly before: readonly (readonly [string, string])[];
  readonly after: readonly (readonly [string, string])[];
  /** Weights that stay. */
  readonly weights: readonly (readonly [string, string])[];
  /** Feeds and other outputs, one behind another along a new first axis. */
  readonly feeds: readonly (readonly [string, string])[];
  readonly outputs: readonly (readonly [string, string])[];
}

/** A plan as the body of a loop. */
export interface Looped {
  readonly graph: Graph;
  /** Types of the outputs that have a row for each step. */
  readonly outputs: readonly GraphInput[];
  readonly names: LoopNames;
}

/** The name of the session's input for the number of steps, an int64 of shape []. */
export const TRIPS = "trips";

/**
 * Returns the graph of an ONNX Loop whose body is the plan's one piece, with the values of `carry` inside; undefined where the plan has several pieces. To run it
 * costs much less than as many runs of the piece: the state of a network goes in and out once (ADR 18).
 */
export function looped(plan: Plan, carry: ReadonlyMap<string, string>): Looped | undefined {
  const [step, another] = plan.steps;
  if (step === undefined || another !== undefined || plan.pieces[0]!.evaluated) return undefined;
  const { graph: body } = plan.pieces[0]!;
  const localOf = new Map(step.fetches.map(([local, name]) => [name, local]));
  if (plan.outputs.some((o) => !localOf.has(o))) return undefined;
  const inputs = new Set(plan.inputs);
  const carried = step.feeds.filter(([, name]) => carry.has(name));
  const fed = step.feeds.filter(([, name]) => inputs.has(name));
  const weights = step.feeds.filter(([, name]) => !carry.has(name) && !inputs.has(name));
  if (carried.length !== carry.size) return undefined;
  const nexts = carried.map(([, name]) => localOf.get(carry.get(name)!)!);
  const carriedOutputs = new Set(carry.values());
  const scanned = plan.outputs.filter((o) => !carriedOutputs.has(o)).map((o) => [localOf.get(o)!, o] as const);

  const typeOf = (local: string): ValueType => body.types.get(local)!;
  const declared = (name: string, local: string, stacked = false): GraphInput => {
    const { dtype, shape } = typeOf(local);
    return { name, dtype, shape: stacked ? [TRIPS, ...shape] : [...shape] };
  };
  const node = (op: string, name: string, ins: readonly string[], outs: readonly string[], attrs: Node["attrs"] = {}): Node => ({
    op,
    domain: "",
    name,
    inputs: ins,
    outputs: outs,
    attrs,
  });
  // An output of the body that is an input of it, or another output too, needs a name of its own.
  const own = [...nexts, ...scanned.map(([local]) => local)].map((local, i) => [`own/${i}`, local] as const);
  const inner: Graph = {
    name: "step",
    inputs: [
      { name: "index", dtype: "int64", shape: [] },
      { name: "go", dtype: "bool", shape: [] },
      ...carried.map(([local]) => declared(local, local)),
    ],
    outputs: ["on", ...own.map(([name]) => name)],
    initializers: body.initializers,
    constants: body.constants,
    nodes: [
      ...fed.map(([local]) => node("Gather", `pick/${local}`, [`all/${local}`, "index"], [local], { axis: 0 })),
      ...body.nodes,
      node("Identity", "on", ["go"], ["on"]),
      ...own.map(([name, local]) => node("Identity", name, [local], [name])),
    ],
    types: new Map(),
  };
  const after = carried.map(([local, name]) => [`after/${local}`, name] as const);
  const outputs = scanned.map(([local, name]) => [`each/${local}`, name] as const);
  const before = carried.map(([local, name]) => [`before/${local}`, name] as const);
  const feeds = fed.map(([local, name]) => [`all/${local}`, name] as const);
  const types = new Map<string, ValueType>([
    ...carried.flatMap(([local]) => [`before/${local}`, `after/${local}`].map((name) => [name, typeOf(local)] as const)),
    ...weights.map(([local]) => [local, typeOf(local)] as const),
  ]);
  const results = [...after, ...outputs].map(([name]) => name);
  const graph: Graph = {
    name: body.name,
    inputs: [
      { name: TRIPS, dtype: "int64", shape: [] },
      ...carried.map(([local]) => declared(`before/${local}`, local)),
      ...weights.map(([local]) => declared(local, local)),
      ...fed.map(([local]) => declared(`all/${local}`, local, true)),
    ],
    outputs: results,
    initializers: new Map([["go", tensor("bool", [], [1])]]),
    constants: new Set(["go"]),
    nodes: [node("Loop", "steps", [TRIPS, "go", ...before.map(([name]) => name)], results, { body: inner })],
    types: new Map([...types, ["go", { dtype: "bool", shape: [] }]]),
  };
  return { graph, outputs: scanned.map(([local]) => declared(`each/${local}`, local, true)), names: { before, after, weights, feeds, outputs } };
}
