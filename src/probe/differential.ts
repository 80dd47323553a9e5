import { jvpGraph } from "../autodiff/gradient.js";
import { appendVjp } from "../autodiff/vjp.js";
import type { Graph } from "../graph/graph.js";
import { isFloat, sizeOf, tensor } from "../graph/tensor.js";
import type { NumericArray, Tensor, ValueType } from "../graph/tensor.js";
import { newBuilder } from "../ops/registry.js";
import { withoutRepeats } from "../passes/cse.js";
import { withoutDeadCode } from "../passes/order.js";
import { openGraph } from "../runtime/open-graph.js";
import type { OpenGraph } from "../runtime/open-graph.js";
import type { Runtime, Values } from "../runtime/runtime.js";
import { IsogradError } from "../util/errors.js";
import { stream } from "../util/random.js";

/** Where a network is differentiated. */
export interface Point {
  /** Every input of the network. */
  readonly inputs: Values;
  /** Weights that take the places of the graph's own. */
  readonly weights: Values;
}

/** A network as a function f of one input, with its derivative J = ∂f/∂x both ways, at any point. Arrays are whole tensors, the batch included. */
export interface Differential {
  /** Name of the input that it is differentiated by. */
  readonly input: string;
  readonly from: ValueType;
  readonly to: ValueType;
  /** f(x). */
  value(at: Point): Promise<NumericArray>;
  /** f(x) and J·v. */
  push(at: Point, v: ArrayLike<number>): Promise<{ readonly value: NumericArray; readonly tangent: NumericArray }>;
  /** f(x) and Jᵀ·u, with the values that were asked for beside them. */
  pull(
    at: Point,
    u: ArrayLike<number>,
  ): Promise<{ readonly value: NumericArray; readonly cotangent: NumericArray; readonly also: readonly NumericArray[] }>;
  dispose(): Promise<void>;
}

/** The one float input that a value may be differentiated by. Error `spec/invalid` where there is none, or several. */
export function floatInput(graph: Graph): string {
  const names = graph.inputs.map((i) => i.name).filter((n) => isFloat(graph.types.get(n)!.dtype));
  if (names.length === 1) return names[0]!;
  throw new IsogradError("spec/invalid", `the network has ${names.length === 0 ? "no float input" : "several float inputs"}`, {
    at: [graph.name],
    expected: "one, to differentiate by",
    received: names.join(", ") || graph.inputs.map((i) => i.name).join(", "),
    fix: "measure this on a network of one float input",
  });
}

/**
 * The derivative of an output of a bound graph by its one float input; `also`: values of the graph that `pull` tells too. Sessions are opened when they are first needed.
 * Errors: `spec/invalid`, `memory/limit`, `runtime/…`.
 */
export function differential(
  graph: Graph,
  output: string,
  tools: { readonly runtime: Runtime; readonly memoryLimit: number },
  also: readonly string[] = [],
): Differential {
  const input = floatInput(graph);
  const [from, to] = [graph.types.get(input)!, graph.types.get(output)!];
  const all: OpenGraph[] = [];
  const open = (make: () => Graph): (() => Promise<OpenGraph>) => {
    let known: Promise<OpenGraph> | undefined;
    return () =>
      (known ??= (async () => {
        const graph = await openGraph(make(), tools);
        all.push(graph);
        return graph;
      })());
  };
  let direction = "";
  let tangent: string | undefined;
  let cotangent = "";
  let result: string | undefined;
  const forward = open(() => withoutDeadCode({ ...graph, outputs: [output] }));
  const forth = open(() => {
    const jvp = jvpGraph({ ...graph, outputs: [output] }, [input]);
    direction = jvp.directions.get(input)!;
    tangent = jvp.tangents.get(output);
    return jvp.graph;
  });
  const back = open(() => {
    const b = newBuilder(graph);
    b.outputs.length = 0;
    const nodes = [...b.nodes];
    cotangent = b.input(b.fresh("cotangent"), to);
    const g = appendVjp(b, { nodes, seeds: new Map([[output, cotangent]]), wrt: [input] }).get(input);
    b.outputs.push(output, ...also.filter((v) => v !== output));
    if (g !== undefined) b.outputs.push((result = b.op("Identity", [g], {}, { outputs: [b.fresh(`grad/${input}`)] })));
    return withoutDeadCode(withoutRepeats(b.build(graph.name)));
  });
  const zeros = (type: ValueType): NumericArray => new Float64Array(sizeOf(type.shape));
  const shaped = ({ dtype, shape }: ValueType, data: ArrayLike<number>): Tensor => tensor(dtype, shape, data);
  return {
    input,
    from,
    to,
    value: async (at) => {
      const { run } = await forward();
      return (await run(at.inputs, at.weights)).get(output)!.data;
    },
    push: async (at, v) => {
      const { run } = await forth();
      const values = await run(new Map(at.inputs).set(direction, shaped(from, v)), at.weights);
      return { value: values.get(output)!.data, tangent: tangent === undefined ? zeros(to) : values.get(tangent)!.data };
    },
    pull: async (at, u) => {
      const { run } = await back();
      const values = await run(new Map(at.inputs).set(cotangent, shaped(to, u)), at.weights);
      return {
        value: values.get(output)!.data,
        cotangent: result === undefined ? zeros(from) : values.get(result)!.data,
        also: also.map((v) => values.get(v)!.data),
      };
    },
    dispose: async () => {
      for (const graph of all) await graph.dispose();
    },
  };
}

/**
 * Whether examples, rows of axis 0 of input and output, influence each other at a point, as training-mode BatchNormalization makes them do: whether a cotangent on the
 * first example's output reaches another's input. Exact: without such an op what reaches it is 0, bit for bit.
 */
export async function rowsMix(d: Differential, at: Point): Promise<boolean> {
  const [rows, to] = [d.from.shape[0] ?? 1, sizeOf(d.to.shape)];
  if (d.to.shape[0] !== rows) return true;
  if (rows < 2) return false;
  const random = stream(0, "rows-mix");
  const { cotangent } = await d.pull(
    at,
    Float64Array.from({ length: to }, (_, i) => (i < to / rows ? random.normal(i) : 0)),
  );
  return cotangent.subarray(cotangent.length / rows).some((v) => v !== 0);
}
