import type { Graph } from "../graph/graph.js";
import { formatShape, formatType, isFloat, sameShape, sizeOf } from "../graph/tensor.js";
import { IsogradError } from "../util/errors.js";
import type { Values } from "./runtime.js";

/**
 * Checks that `feeds` has every input of the graph, in its shape and in its dtype (or another float dtype); with `rows`, so many of them along a new first axis. Errors:
 * `batch/missing`, `batch/shape`, `batch/dtype`.
 */
export function checkFeeds(graph: Graph, feeds: Values, rows?: number): void {
  for (const input of graph.inputs) {
    const t = feeds.get(input.name);
    const one = graph.types.get(input.name)!;
    const type = rows === undefined ? one : { ...one, shape: [rows, ...one.shape] };
    if (!t) throw new IsogradError("batch/missing", `the input "${input.name}" is missing`, { expected: `${type.dtype}${formatShape(type.shape)}` });
    if (!sameShape(t.shape, type.shape)) {
      throw new IsogradError("batch/shape", `the input "${input.name}" has another shape`, {
        expected: formatShape(type.shape),
        received: formatShape(t.shape),
      });
    }
    if (t.data.length !== sizeOf(t.shape)) {
      throw new IsogradError("batch/shape", `the input "${input.name}" has another number of elements than its shape`, {
        expected: String(sizeOf(t.shape)),
        received: String(t.data.length),
      });
    }
    if (t.dtype !== type.dtype && !(isFloat(t.dtype) && isFloat(type.dtype))) {
      throw new IsogradError("batch/dtype", `the input "${input.name}" has another element type`, { expected: type.dtype, received: t.dtype });
    }
  }
}

/**
 * Checks that `weights` can replace initializers of the graph: they have the same names and types, and none is `builtIn`, that is,
 * stored inside a session as a constant. Error `graph/invalid`.
 */
export function checkWeights(graph: Graph, weights: Values, builtIn: (name: string) => boolean): void {
  for (const [name, t] of weights) {
    const own = graph.initializers.get(name);
    const refuse = (what: string, fix: string): never => {
      throw new IsogradError("graph/invalid", `the weight "${name}" ${what}`, { at: [graph.name], fix });
    };
    if (!own) return refuse("is not one of the graph's", "give the weights of the network that the graph was made from");
    if (own.dtype !== t.dtype || !sameShape(own.shape, t.shape) || t.data.length !== own.data.length)
      refuse("has another type than the graph's own", "give it in the same shape");
    if (builtIn(name)) refuse("was built into the graph as a constant", "prepare the graph anew with this weight in it");
  }
}

/** Checks that every pair of an initializer and an output that replaces it has one type. Error `graph/invalid`. */
export function checkCarry(graph: Graph, carry: ReadonlyMap<string, string>): void {
  const used = new Set(graph.nodes.flatMap((n) => n.inputs));
  for (const [weight, output] of carry) {
    const refuse = (what: string): never => {
      throw new IsogradError("graph/invalid", `the output "${output}" cannot replace the weight "${weight}": ${what}`, { at: [graph.name] });
    };
    const own = graph.initializers.get(weight);
    const type = graph.types.get(output);
    if (!own) return refuse("there is no such weight");
    if (graph.constants.has(weight)) return refuse("it is a constant");
    if (!used.has(weight)) return refuse("no node uses it");
    if (!type || !graph.outputs.includes(output)) return refuse("there is no such output");
    if (type.dtype !== own.dtype || !sameShape(type.shape, own.shape)) return refuse(`${formatType(type)} is not ${formatType(own)}`);
  }
}
