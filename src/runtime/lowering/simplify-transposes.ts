import type { Graph, Node } from "../../graph/graph.js";
import { int64s } from "../../graph/tensor.js";

/**
 * Rewrites Transposes with as few axes as possible: onnxruntime is fast for few axes, and slow when axes of size 1 move. Axes of
 * size 1 are dropped, and axes that stay adjacent are merged. A transposition that then moves nothing becomes a Reshape; any
 * other one is put between two Reshapes, which cost nothing.
 */
export function simplifyTransposes(graph: Graph): Graph {
  const types = new Map(graph.types);
  const initializers = new Map(graph.initializers);
  const constants = new Set(graph.constants);
  const shapeConstant = (shape: readonly number[]): string => {
    const name = `transpose/shape_${shape.join("_")}`;
    if (!initializers.has(name)) {
      const value = int64s(shape);
      initializers.set(name, value);
      constants.add(name);
      types.set(name, { dtype: "int64", shape: value.shape });
    }
    return name;
  };
  const nodes = graph.nodes.flatMap((node): Node[] => {
    if (node.op !== "Transpose" || node.domain !== "") return [node];
    const [x, y] = [node.inputs[0]!, node.outputs[0]!];
    const { dtype, shape } = types.get(x)!;
    const given = (node.attrs["perm"] as readonly number[] | undefined) ?? shape.map((_, i) => shape.length - 1 - i);
    const { merged, perm } = merge(shape, given);
    if (perm.length === shape.length || shape.includes(0)) return [node];
    const out = types.get(y)!.shape;
    const reshape = (from: string, to: string, name: string, target: readonly number[]): Node => ({
      ...node,
      op: "Reshape",
      name,
      inputs: [from, shapeConstant(target)],
      outputs: [to],
      attrs: {},
    });
    if (perm.length <= 1) return [reshape(x, y, node.name, out)];
    const [flat, transposed] = [`${y}/merged`, `${y}/transposed`];
    if (types.has(flat) || types.has(transposed)) return [node];
    types.set(flat, { dtype, shape: merged });
    types.set(transposed, { dtype, shape: perm.map((p) => merged[p]!) });
    return [
      reshape(x, flat, `${node.name}/merge`, merged),
      { ...node, name: `${node.name}/transpose`, inputs: [flat], outputs: [transposed], attrs: { perm } },
      reshape(transposed, y, node.name, out),
    ];
  });
  return { ...graph, nodes, types, initializers, constants };
}

/** Returns the shape with axes of size 1 dropped and axes that stay adjacent merged, and the permutation of what is left. */
function merge(shape: readonly number[], given: readonly number[]): { readonly merged: readonly number[]; readonly perm: readonly number[] } {
  const moved = given.filter((p) => shape[p] !== 1);
  // Runs of axes that are adjacent both before and after the transposition.
  const kept = [...moved].sort((a, b) => a - b);
  const rank = new Map(kept.map((axis, i) => [axis, i]));
  const runs: number[][] = [];
  for (const axis of moved) {
    const last = runs[runs.length - 1];
    if (last && rank.get(axis) === rank.get(last[last.length - 1]!)! + 1) last.push(axis);
    else runs.push([axis]);
  }
  const order = runs.map((_, i) => i).sort((a, b) => runs[a]![0]! - runs[b]![0]!);
  return {
    merged: order.map((i) => runs[i]!.reduce((n, axis) => n * shape[axis]!, 1)),
    perm: runs.map((_, i) => order.indexOf(i)),
  };
}
