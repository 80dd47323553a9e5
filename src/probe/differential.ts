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

/** The inputs and weights at which a network is differentiated. */
export interface Point {
  /** Every input of the network. */
  readonly inputs: Values;
  /** Weights that replace the graph's own, by name. */
  readonly weights: Values;
}

/** A network as a function f of one input, with products of its Jacobian J = ∂f/∂x at any point. Arrays are whole tensors, the batch included. */
export interface Differential {
  /** Name of the input x. */
  readonly input: string;
  /** Types of x and of f(x). */
  readonly from: ValueType;
  readonly to: ValueType;
  /** f(x). */
  value(at: Point): Promise<NumericArray>;
  /** Computes f(x) and the Jacobian–vector product J·v, v in the shape of x (forward mode). */
  jvp(at: Point, v: ArrayLike<number>): Promise<{ readonly value: NumericArray; readonly tangent: NumericArray }>;
  /** Computes f(x) and the vector–Jacobian product Jᵀ·u, u in the shape of f(x) (reverse mode), and the further values that were requested. */
  vjp(
    at: Point,
    u: ArrayLike<number>,
  ): Promise<{ readonly value: NumericArray; readonly cotangent: NumericArray; readonly also: readonly NumericArray[] }>;
  dispose(): Promise<void>;
}

/** Finds the one float input of a graph. Error `spec/invalid` where there is none, or several. */
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
 * Makes an output of a bound graph differentiable by the graph's one float input. `also` lists further values of the graph that `vjp` returns. Sessions are
 * opened when they are first needed. Errors: `spec/invalid`, `memory/limit`, `runtime/…`.
 */
export function differential(
  graph: Graph,
  output: string,
  tools: { readonly runtime: Runtime; readonly memoryLimit: number },
  also: readonly string[] = [],
): Differential {
  const input = floatInput(graph);
  const [from, to] = [graph.types.get(input)!, graph.types.get(output)!];
  const opened: OpenGraph[] = [];
  const open = (make: () => Graph): (() => Promise<OpenGraph>) => {
    let known: Promise<OpenGraph> | undefined;
    return () =>
      (known ??= (async () => {
        const graph = await openGraph(make(), tools);
        opened.push(graph);
        return graph;
      })());
  };
  let direction = "";
  let tangent: string | undefined;
  let cotangent = "";
  let result: string | undefined;
  const forward = open(() => withoutDeadCode({ ...graph, outputs: [output] }));
  const forwardMode = open(() => {
    const jvp = jvpGraph({ ...graph, outputs: [output] }, [input]);
    direction = jvp.directions.get(input)!;
    tangent = jvp.tangents.get(output);
    return jvp.graph;
  });
  const reverseMode = open(() => {
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
    jvp: async (at, v) => {
      const { run } = await forwardMode();
      const values = await run(new Map(at.inputs).set(direction, shaped(from, v)), at.weights);
      return { value: values.get(output)!.data, tangent: tangent === undefined ? zeros(to) : values.get(tangent)!.data };
    },
    vjp: async (at, u) => {
      const { run } = await reverseMode();
      const values = await run(new Map(at.inputs).set(cotangent, shaped(to, u)), at.weights);
      return {
        value: values.get(output)!.data,
        cotangent: result === undefined ? zeros(from) : values.get(result)!.data,
        also: also.map((v) => values.get(v)!.data),
      };
    },
    dispose: async () => {
      for (const graph of opened) await graph.dispose();
    },
  };
}

/**
 * Tests whether examples (rows of axis 0 of input and output) influence each other at a point, as in training-mode BatchNormalization: whether a cotangent of
 * the first example's output reaches the input of another. The test is exact, because without such an op the gradient there is exactly 0.
 */
export async function rowsMix(d: Differential, at: Point): Promise<boolean> {
  const [rows, to] = [d.from.shape[0] ?? 1, sizeOf(d.to.shape)];
  if (d.to.shape[0] !== rows) return true;
  if (rows < 2) return false;
  const random = stream(0, "rows-mix");
  const { cotangent } = await d.vjp(
    at,
    Float64Array.from({ length: to }, (_, i) => (i < to / rows ? random.normal(i) : 0)),
  );
  return cotangent.subarray(cotangent.length / rows).some((v) => v !== 0);
}
