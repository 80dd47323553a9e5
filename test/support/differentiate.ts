import { appendJvp } from "../../src/autodiff/jvp.js";
import { appendVjp } from "../../src/autodiff/vjp.js";
import type { Graph } from "../../src/graph/graph.js";
import { isFloat, sizeOf, tensor } from "../../src/graph/tensor.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { newBuilder } from "../../src/ops/registry.js";
import { withoutDeadCode } from "../../src/passes/order.js";
import { evaluateGraph } from "../../src/runtime/evaluate.js";
import { stream } from "../../src/util/random.js";

export type Feeds = ReadonlyMap<string, Tensor>;

/** A direction for every named value: seeded N(0,1). */
export function randomLike(graph: Graph, names: readonly string[], salt: string): Map<string, Tensor> {
  return new Map(
    names.map((n) => {
      const t = graph.types.get(n)!;
      const random = stream(11, `${salt}/${n}`);
      return [
        n,
        tensor(
          "float64",
          t.shape,
          Float64Array.from({ length: sizeOf(t.shape) }, (_, i) => random.normal(i)),
        ),
      ];
    }),
  );
}

export const floatInputs = (g: Graph): string[] => g.inputs.filter((i) => isFloat(i.dtype)).map((i) => i.name);
export const floatOutputs = (g: Graph): string[] => g.outputs.filter((o) => isFloat(g.types.get(o)!.dtype));

/** Graph of Jᵀu for inputs `bar/NAME` (cotangents of float outputs), outputs `grad/NAME` per float input. */
export function vjpGraph(graph: Graph): { graph: Graph; wrt: string[] } {
  const b = newBuilder(graph);
  const nodes = [...b.nodes];
  const seeds = new Map(floatOutputs(graph).map((o) => [o, b.input(`bar/${o}`, b.type(o))]));
  const wrt = floatInputs(graph);
  const grads = appendVjp(b, { nodes, seeds, wrt });
  b.outputs.length = 0;
  const have = wrt.filter((v) => grads.get(v) !== undefined);
  for (const v of have) b.outputs.push(b.op("Identity", [grads.get(v)!], {}, { outputs: [`grad/${v}`] }));
  return { graph: withoutDeadCode(b.build("vjp")), wrt: have };
}

/** Graph of Jt for inputs `dot/NAME` (tangents of float inputs), outputs `tangent/NAME` per float output. */
export function jvpGraph(graph: Graph): { graph: Graph; of: string[] } {
  const b = newBuilder(graph);
  const nodes = [...b.nodes];
  const given = new Map(floatInputs(graph).map((v) => [v, b.input(`dot/${v}`, b.type(v))]));
  const outs = floatOutputs(graph);
  const tangents = appendJvp(b, nodes, given);
  b.outputs.length = 0;
  const have = outs.filter((o) => tangents.has(o));
  for (const o of have) b.outputs.push(b.op("Identity", [tangents.get(o)!], {}, { outputs: [`tangent/${o}`] }));
  return { graph: withoutDeadCode(b.build("jvp")), of: have };
}

export const dot = (a: Tensor, b: Tensor): number => {
  let s = 0;
  for (let i = 0; i < a.data.length; i++) s += a.data[i]! * b.data[i]!;
  return s;
};

/** ⟨u, f(x + εt) − f(x − εt)⟩ / 2ε, by Richardson extrapolation over two steps. */
export function centralDifference(graph: Graph, feeds: Feeds, t: Feeds, u: Feeds, eps = 1e-4): number {
  const at = (h: number): number => {
    const moved = (sign: number): number => {
      const shifted = new Map(feeds);
      for (const [name, dir] of t) {
        const x = feeds.get(name)!;
        shifted.set(
          name,
          tensor(
            "float64",
            x.shape,
            Float64Array.from(x.data, (v, i) => v + sign * h * dir.data[i]!),
          ),
        );
      }
      const out = evaluateGraph(graph, shifted);
      let s = 0;
      for (const [name, dir] of u) s += dot(out.get(name)!, dir);
      return s;
    };
    return (moved(1) - moved(-1)) / (2 * h);
  };
  return (4 * at(eps / 2) - at(eps)) / 3;
}
