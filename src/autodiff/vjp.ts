import type { GraphBuilder } from "../graph/builder.js";
import type { Node } from "../graph/graph.js";
import { isFloat } from "../graph/tensor.js";
import { applyVjp, primitiveOf } from "../ops/registry.js";
import { IsogradError } from "../util/errors.js";
import type { Rescaler } from "./rescale.js";

/** Says what the backward pass differentiates. */
export interface VjpRequest {
  /** Forward nodes in topological order: cotangents pass back through these only. */
  readonly nodes: readonly Node[];
  /** Cotangents to start from, by value: usually 1 for the loss. */
  readonly seeds: ReadonlyMap<string, string>;
  /** Names of the values whose cotangents are computed. */
  readonly wrt: readonly string[];
  /** Rescales cotangents at cuts of the graph, so that they do not overflow (default: no rescaling). */
  readonly rescale?: Rescaler;
  /** Called with the term that each use of a value contributes to its cotangent. */
  readonly onPart?: (value: string, user: Node, part: string) => void;
}

/**
 * Appends the nodes of the vector–Jacobian product (the backward pass) and returns the cotangent of every `wrt` value, in its
 * shape; undefined where none reaches it. Reverse mode: x̄ = Σ over the uses u of x of (∂u/∂x)ᵀ·ū (Griewank & Walther 2008,
 * ch. 3). Only standard ops are appended, so the result can be differentiated again. Linear in the number of nodes. Error
 * `autodiff/not-differentiable`.
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

/** Returns the float values that depend on one of `wrt` through differentiable ops, among them `wrt` itself. */
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

/** Runs `f`; adds the node's name to an error that names no place yet. */
function atNode<T>(node: Node, f: () => T): T {
  try {
    return f();
  } catch (error) {
    throw error instanceof IsogradError && error.at.length === 0 ? error.within(node.name) : error;
  }
}
