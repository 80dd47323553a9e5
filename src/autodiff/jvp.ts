import type { GraphBuilder } from "../graph/builder.js";
import type { Node } from "../graph/graph.js";
import { isFloat } from "../graph/tensor.js";
import { applyVjp, primitiveOf } from "../ops/registry.js";
import { appendVjp } from "./vjp.js";

/**
 * Appends the nodes of the Jacobian–vector product (forward-mode differentiation): from the tangents of some values the tangents
 * of all values that `nodes` compute from them. Returns the tangents by value, each in the shape of its value; a missing one is zero.
 *
 * A gradient rule x̄ = Jᵀ·ȳ is linear in ȳ, so the vjp of the rule itself, with respect to ȳ, multiplies by J: the tangent of a
 * node is the vjp of its vjp. No op needs a second rule. The nodes of the first vjp are dead code afterwards.
 */
export function appendJvp(b: GraphBuilder, nodes: readonly Node[], tangents: ReadonlyMap<string, string>): Map<string, string> {
  const all = new Map(tangents);
  const before = b.origin;
  for (const node of nodes) {
    const withTangent = new Set(node.inputs.filter((v) => all.has(v)));
    if (withTangent.size === 0) continue;
    const rule = primitiveOf(node).vjp;
    if (typeof rule !== "function" && "zero" in rule) continue;
    b.origin = { node: node.name, op: node.op, role: "tangent", value: node.outputs[0]! };
    for (const [value, tangent] of nodeTangents(b, node, withTangent, all)) all.set(value, tangent);
  }
  b.origin = before;
  return all;
}

/** Appends the tangents of a node's outputs, given those of its inputs `withTangent`. */
function nodeTangents(b: GraphBuilder, node: Node, withTangent: ReadonlySet<string>, tangents: ReadonlyMap<string, string>): [string, string][] {
  // A placeholder cotangent for each float output: the output of a node, so that the rule cannot treat it as a constant.
  const placeholders = node.outputs.map((o) => (o !== "" && isFloat(b.dtype(o)) ? b.op("Identity", [b.full(0, b.type(o))]) : undefined));
  const start = b.nodes.length;
  const cotangents = applyVjp(b, node, placeholders, (i) => withTangent.has(node.inputs[i] ?? ""));
  const seeds = new Map<string, string>();
  const present = new Set(placeholders.filter((p) => p !== undefined));
  const direct: [string, string][] = [];
  cotangents.forEach((g, i) => {
    const input = node.inputs[i]!;
    const tangent = tangents.get(input);
    if (g === undefined || tangent === undefined || !withTangent.has(input)) return;
    const shaped = b.unbroadcast(g, b.shape(input));
    if (present.has(shaped)) direct.push([shaped, tangent]);
    else {
      const earlier = seeds.get(shaped);
      seeds.set(shaped, earlier === undefined ? tangent : b.add(earlier, tangent));
    }
  });
  const rule = b.nodes.slice(start);
  const wrt = [...present];
  const back = appendVjp(b, { nodes: rule, seeds, wrt });
  const result: [string, string][] = [];
  node.outputs.forEach((o, i) => {
    const p = placeholders[i];
    if (p === undefined) return;
    const parts = [...direct.filter(([v]) => v === p).map(([, t]) => t), ...(back.get(p) === undefined ? [] : [back.get(p)!])];
    const sum = b.sum(parts);
    if (sum !== undefined) result.push([o, b.broadcastTo(sum, b.shape(o))]);
  });
  return result;
}
