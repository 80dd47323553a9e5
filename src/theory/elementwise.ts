import { appendVjp } from "../autodiff/vjp.js";
import type { Graph, Node } from "../graph/graph.js";
import { tensor } from "../graph/tensor.js";
import type { Tensor } from "../graph/tensor.js";
import { newBuilder, traitsOf } from "../ops/registry.js";
import { evaluateGraph } from "../runtime/evaluate.js";
import type { Activation } from "./activation.js";
import { tabulated } from "./tabulated.js";

/** Number of points in one evaluation. */
const POINTS = 22;

/**
 * Finds the function of one number that some nodes of a bound graph apply to each element of `entry` to compute `exit`. It is sampled by the ops' own
 * `evaluate`, its derivative by their gradient rules. `constant` gives the values that do not depend on `entry`. Returns the reason where there is no such
 * function.
 */
export function elementwise(
  nodes: readonly Node[],
  entry: string,
  exit: string,
  constant: (value: string) => Tensor | undefined,
): Activation | { readonly unknown: string } {
  const b = newBuilder();
  b.input(entry, { dtype: "float64", shape: [POINTS] });
  const inside = new Map([[entry, entry]]);
  for (const node of nodes) {
    const { elementwise: single, casts } = traitsOf(node);
    if (!single) return { unknown: `${node.op} is no function of single elements` };
    const inputs: string[] = [];
    for (const v of node.inputs) {
      const own = v === "" ? "" : inside.get(v);
      if (own !== undefined) {
        inputs.push(own);
        continue;
      }
      const value = constant(v);
      if (!value) return { unknown: `${node.op} takes a second activation, "${v}"` };
      const first = value.data[0] ?? 0;
      if (!Array.from(value.data).every((x) => x === first)) return { unknown: `${node.op} differs from channel to channel` };
      const bool = value.dtype === "bool";
      inputs.push(b.constant(tensor(bool ? "bool" : "float64", [], [first])));
    }
    const attrs = casts ? { ...node.attrs, to: "float64" } : node.attrs;
    const made = b.ops(node.op, inputs, attrs, { outputs: node.outputs.length });
    node.outputs.forEach((o, i) => inside.set(o, made[i]!));
  }
  const out = inside.get(exit);
  if (out === undefined) return { unknown: "the nodes do not make their result from their input" };
  const forward = [...b.nodes];
  const seed = b.constant(tensor("float64", [POINTS], new Array<number>(POINTS).fill(1)));
  const slope = appendVjp(b, { nodes: forward, seeds: new Map([[out, seed]]), wrt: [entry] }).get(entry);
  const zero = slope ?? b.constant(tensor("float64", [POINTS], new Array<number>(POINTS).fill(0)));
  b.outputs.push(out, zero);
  const graph: Graph = b.build("elementwise");
  return tabulated(nodes.map((n) => n.op).join("·"), (points) => {
    const values = evaluateGraph(graph, new Map([[entry, tensor("float64", [POINTS], points)]]));
    const read = (name: string): Float64Array => Float64Array.from(values.get(name)!.data, Number);
    return { phi: read(out), dphi: read(zero) };
  });
}
