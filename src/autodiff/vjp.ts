import type { GraphBuilder } from "../graph/builder.js";
import type { Node } from "../graph/graph.js";
import { isFloat } from "../graph/tensor.js";
import { applyVjp, primitiveOf } from "../ops/registry.js";
import { IsogradError } from "../util/errors.js";
import type { Rescaler } from "./rescale.js";

/** What the reverse walk needs to know. */
export interface VjpRequest {
  /** Forward nodes in order; cotangents flow back through these only. */
  readonly nodes: readonly Node[];
  /** Cotangents of values (usually of the loss: 1). */
  readonly seeds: ReadonlyMap<string, string>;
  /** Values whose cotangents are wanted. */
  readonly wrt: readonly string[];
  /** Keeps cotangents in range by dividing them at cuts of the graph; absent: plain cotangents. */
  readonly rescale?: Rescaler;
  /** Told what each use of a value adds to its cotangent. */
  readonly onPart?: (value: string, user: Node, part: string) => void;
}

/**
 * Appends to `b` the nodes of the vector–Jacobian product and returns the cotangent of every `wrt` value
 * (undefined where none reaches it). Reverse mode: x̄ = Σ over uses of (∂use/∂x)ᵀ·ūse (Griewank & Walther 2008, ch. 3).
 * Only standard ops are appended, so the result can be differentiated again. Linear in the number of nodes.
 */
export function appendVjp(b: GraphBuilder, request: VjpRequest): Map<string, string | undefined> {
  const { nodes, seeds, wrt, rescale, onPart } = request;
  const reached = reachedFrom(b, nodes, wrt);
  const pending = new Map<string, string[]>();
  for (const [value, seed] of seeds) pending.set(value, [seed]);
  const wanted = new Set(wrt);
  const final = new Map<string, string | undefined>();
  const before = b.origin;

  const total = (value: string): string | undefined => {
    const parts = pending.get(value);
    pending.delete(value);
    if (!parts) return undefined;
    const g = rescale ? rescale.total(b, parts) : b.sum(parts)!;
    if (wanted.has(value)) rescale?.finish(b, value, g);
    return g;
  };

  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i]!;
    rescale?.enter(b, i, nodes, pending);
    if (!node.outputs.some((o) => pending.has(o))) continue;
    b.origin = { node: node.name, op: node.op, role: "backward", value: node.outputs[0]! };
    const totals = node.outputs.map((o) => {
      const g = total(o);
      if (wanted.has(o)) final.set(o, g);
      return g;
    });
    if (!node.inputs.some((v) => reached.has(v))) continue;
    const { values: gs, exponent } = rescale ? rescale.level(b, totals) : { values: totals, exponent: undefined };
    const cotangents = atNode(node, () => applyVjp(b, node, gs, (k) => reached.has(node.inputs[k] ?? "")));
    cotangents.forEach((g, k) => {
      const value = node.inputs[k]!;
      if (g === undefined || !reached.has(value)) return;
      b.origin = { node: node.name, op: node.op, role: "backward", value };
      const part = b.unbroadcast(g, b.shape(value));
      rescale?.born(part, exponent);
      onPart?.(value, node, part);
      const list = pending.get(value);
      if (list) list.push(part);
      else pending.set(value, [part]);
    });
  }
  for (const value of wrt) {
    if (final.has(value)) continue;
    b.origin = { node: value, op: "parameter", role: "backward", value };
    final.set(value, total(value));
  }
  b.origin = before;
  return final;
}

/** Float values that depend on one of `wrt` through ops that have a derivative. */
function reachedFrom(b: GraphBuilder, nodes: readonly Node[], wrt: readonly string[]): ReadonlySet<string> {
  const reached = new Set(wrt);
  for (const node of nodes) {
    if (!node.inputs.some((v) => reached.has(v))) continue;
    const rule = primitiveOf(node).vjp;
    if (typeof rule !== "function" && "zero" in rule) continue;
    for (const o of node.outputs) if (o !== "" && isFloat(b.dtype(o))) reached.add(o);
  }
  return reached;
}

function atNode<T>(node: Node, f: () => T): T {
  try {
    return f();
  } catch (error) {
    throw error instanceof IsogradError && error.at.length === 0 ? error.within(node.name) : error;
  }
}
