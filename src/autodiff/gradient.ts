import type { Graph } from "../graph/graph.js";
import { formatType, isFloat, sizeOf, tensor } from "../graph/tensor.js";
import { newBuilder } from "../ops/registry.js";
import { withoutRepeats } from "../passes/cse.js";
import { withoutDeadCode } from "../passes/order.js";
import { IsogradError } from "../util/errors.js";
import { appendJvp } from "./jvp.js";
import { Rescaler } from "./rescale.js";
import { appendVjp } from "./vjp.js";

/** Says what is differentiated, and by what. */
export interface GradientRequest {
  /** Name of the loss: a float value of one element. */
  readonly loss: string;
  /** Names of the values to differentiate by: parameters, or any intermediate value. */
  readonly wrt: readonly string[];
  /** Indices of forward nodes at which the backward pass is rescaled. Gradients then come with `logscale/NAME` outputs. */
  readonly rescaleAt?: ReadonlySet<number>;
  /** Values of the graph that stay outputs. */
  readonly keep?: readonly string[];
}

/** A graph that computes a loss and its gradient, with the names of its outputs. */
export interface GradientGraph {
  /** The bound graph of forward pass, loss and backward pass, in standard ops. */
  readonly graph: Graph;
  readonly loss: string;
  /** Output name of each gradient, which has the shape of its value; undefined where none reaches the value. */
  readonly grads: ReadonlyMap<string, string | undefined>;
  /** Output name of the logarithm (natural) of each gradient's scale, when rescaled: true gradient = grads · exp(logScale). */
  readonly logScales: ReadonlyMap<string, string>;
}

/**
 * Builds the graph that computes the loss and its gradient: outputs `loss` and `grad/NAME` (with `_1` … where a name is taken). Errors: `loss/kind`,
 * `loss/shape`, `autodiff/not-differentiable`.
 */
export function gradientGraph(graph: Graph, request: GradientRequest): GradientGraph {
  const type = graph.types.get(request.loss);
  if (!type) throw new IsogradError("loss/kind", `the network has no value "${request.loss}"`);
  if (!isFloat(type.dtype) || sizeOf(type.shape) !== 1) {
    throw new IsogradError("loss/shape", `the loss "${request.loss}" is not a float scalar`, {
      received: formatType(type),
      fix: "reduce it to one number, or choose --loss sum",
    });
  }
  const b = newBuilder(graph);
  const nodes = graph.nodes;
  const rescale = request.rescaleAt ? new Rescaler(request.rescaleAt) : undefined;
  const seed = b.constant(tensor(type.dtype, type.shape, [1]));
  const wrt = [...new Set(request.wrt)];
  const cotangents = appendVjp(b, { nodes, seeds: new Map([[request.loss, seed]]), wrt, ...(rescale ? { rescale } : {}) });

  const named = (value: string, wanted: string): string => b.op("Identity", [value], {}, { outputs: [b.fresh(wanted)] });
  b.outputs.length = 0;
  const loss = named(b.reshape(request.loss, []), "loss");
  b.outputs.push(loss, ...(request.keep ?? []));
  const grads = new Map<string, string | undefined>();
  const logScales = new Map<string, string>();
  for (const value of wrt) {
    const g = cotangents.get(value);
    if (g === undefined) {
      grads.set(value, undefined);
      continue;
    }
    const name = named(g, `grad/${value}`);
    grads.set(value, name);
    b.outputs.push(name);
    const log = rescale?.logScale.get(value);
    if (log !== undefined) {
      const logName = named(log, `logscale/${value}`);
      logScales.set(value, logName);
      b.outputs.push(logName);
    }
  }
  return { graph: withoutDeadCode(withoutRepeats(b.build(graph.name))), loss, grads, logScales };
}

/**
 * Builds the graph that computes the outputs and their tangents J·t (the Jacobian–vector product), where t are new inputs `direction/NAME` in the
 * shapes of the values `by`. Its outputs are those of the graph, then `tangent/OUTPUT`; a tangent is undefined where it is zero.
 */
export function jvpGraph(
  graph: Graph,
  by: readonly string[],
): { readonly graph: Graph; readonly directions: ReadonlyMap<string, string>; readonly tangents: ReadonlyMap<string, string | undefined> } {
  const b = newBuilder(graph);
  const directions = new Map([...new Set(by)].map((v) => [v, b.input(b.fresh(`direction/${v}`), b.type(v))]));
  const known = appendJvp(b, graph.nodes, directions);
  const tangents = new Map<string, string | undefined>();
  for (const o of graph.outputs) {
    const t = known.get(o);
    tangents.set(o, t === undefined ? undefined : b.op("Identity", [t], {}, { outputs: [b.fresh(`tangent/${o}`)] }));
    if (t !== undefined) b.outputs.push(tangents.get(o)!);
  }
  return { graph: withoutDeadCode(withoutRepeats(b.build(graph.name))), directions, tangents };
}

/**
 * Builds the graph of Hessian–vector products: the tangent of the gradient along new inputs `direction/NAME` (forward over reverse mode; Pearlmutter
 * 1994). Its outputs are the loss and `hvp/NAME`, in the shape of the value.
 */
export function hvpGraph(
  graph: Graph,
  request: Omit<GradientRequest, "rescaleAt">,
): {
  readonly graph: Graph;
  readonly loss: string;
  readonly hvps: ReadonlyMap<string, string | undefined>;
  readonly directions: ReadonlyMap<string, string>;
} {
  const gradient = gradientGraph(graph, request);
  const b = newBuilder(gradient.graph);
  const nodes = [...b.nodes];
  const wrt = [...new Set(request.wrt)];
  const directions = new Map(wrt.map((v) => [v, b.input(b.fresh(`direction/${v}`), b.type(v))]));
  const tangents = appendJvp(b, nodes, directions);
  b.outputs.length = 0;
  b.outputs.push(gradient.loss);
  const hvps = new Map<string, string | undefined>();
  for (const v of wrt) {
    const g = gradient.grads.get(v);
    const t = g === undefined ? undefined : tangents.get(g);
    if (t === undefined) hvps.set(v, undefined);
    else {
      const name = b.op("Identity", [t], {}, { outputs: [b.fresh(`hvp/${v}`)] });
      b.outputs.push(name);
      hvps.set(v, name);
    }
  }
  return { graph: withoutDeadCode(withoutRepeats(b.build(graph.name))), loss: gradient.loss, hvps, directions };
}
