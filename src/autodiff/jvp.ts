import type { GraphBuilder } from "../graph/builder.js";
import type { Node } from "../graph/graph.js";
import { isFloat } from "../graph/tensor.js";
import { applyVjp, primitiveOf } from "../ops/registry.js";
import { appendVjp } from "./vjp.js";

/**
 * Appends to `b` the nodes of the Jacobian–vector product: given tangents of some values, the tangents of all values that
 * `nodes` compute from them. Returns tangents by value (a missing one is zero).
 *
 * A rule x̄ = Jᵀ·ȳ is linear in ȳ, so its own reverse rule is J: the tangent of a node is the vjp of its vjp with respect to the
 * cotangent. No op needs a second rule, and what the first pass appends only to be differentiated is dead code.
 */
export function appendJvp(b: GraphBuilder, nodes: readonly Node[], tangents: ReadonlyMap<string, string>): Map<string, string> {
  const known = new Map(tangents);
  const before = b.origin;
  for (const node of nodes) {
    const moving = new Set(node.inputs.filter((v) => known.has(v)));
    if (moving.size === 0) continue;
    const rule = primitiveOf(node).vjp;
    if (typeof rule !== "function" && "zero" in rule) continue;
    b.origin = { node: node.name, op: node.op, role: "tangent", value: node.outputs[0]! };
    for (const [value, tangent] of nodeTangents(b, node, moving, known)) known.set(value, tangent);
  }
  b.origin = before;
  return known;
}

function nodeTangents(b: GraphBuilder, node: Node, moving: ReadonlySet<string>, tangents: ReadonlyMap<string, string>): [string, string][] {
  // A stand-in cotangent per float output: a value that nothing knows, so that the first pass keeps it symbolic.
  const stand = node.outputs.map((o) => (o !== "" && isFloat(b.dtype(o)) ? b.op("Identity", [b.full(0, b.type(o))]) : undefined));
  const start = b.nodes.length;
  const cotangents = applyVjp(b, node, stand, (i) => moving.has(node.inputs[i] ?? ""));
  const seeds = new Map<string, string>();
  const standIns = new Set(stand.filter((s) => s !== undefined));
  const direct: [string, string][] = [];
  cotangents.forEach((g, i) => {
    const input = node.inputs[i]!;
    const tangent = tangents.get(input);
    if (g === undefined || tangent === undefined || !moving.has(input)) return;
    const shaped = b.unbroadcast(g, b.shape(input));
    if (standIns.has(shaped)) direct.push([shaped, tangent]);
    else {
      const earlier = seeds.get(shaped);
      seeds.set(shaped, earlier === undefined ? tangent : b.add(earlier, tangent));
    }
  });
  const rule = b.nodes.slice(start);
  const wrt = [...standIns];
  const back = appendVjp(b, { nodes: rule, seeds, wrt });
  const result: [string, string][] = [];
  node.outputs.forEach((o, i) => {
    const s = stand[i];
    if (s === undefined) return;
    const parts = [...direct.filter(([v]) => v === s).map(([, t]) => t), ...(back.get(s) === undefined ? [] : [back.get(s)!])];
    const sum = b.sum(parts);
    if (sum !== undefined) result.push([o, b.broadcastTo(sum, b.shape(o))]);
  });
  return result;
}
