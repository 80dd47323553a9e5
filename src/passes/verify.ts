import type { Graph, Node } from "../graph/graph.js";
import { formatType, sameShape, sizeOf } from "../graph/tensor.js";
import { checkAttrs } from "../ops/attrs.js";
import type { Op } from "../ops/op.js";
import { inferNode, portAt, primitiveOf } from "../ops/registry.js";
import { IsogradError } from "../util/errors.js";

/** Checks shape and dtype of the inputs of a node that runtimes take as lists of integers. */
function checkLists(graph: Graph, node: Node, op: Op): void {
  node.inputs.forEach((v, i) => {
    const list = portAt(op.inputs, i)?.port.list;
    if (v === "" || !list) return;
    const t = graph.types.get(v)!;
    const listed = t.shape.length === 1 || (t.shape.length === 0 && list.scalar === true);
    const counted = t.dtype === "int64" || (t.dtype === "int32" && list.int32 === true);
    if (!listed || !counted)
      throw new IsogradError("graph/invalid", `${node.op} takes a list of int64, and "${v}" is ${formatType(t)}`, { at: [node.name] });
  });
}

/**
 * Checks that a runtime can execute a bound graph: every value is defined once and before its uses, every op is primitive and
 * has valid attributes, every type is the one that its op infers, and every initializer fills its shape. Errors:
 * `graph/invalid`, `op/…`.
 */
export function verifyGraph(graph: Graph): void {
  const fail = (what: string, at: readonly string[] = []): never => {
    throw new IsogradError("graph/invalid", what, { at });
  };
  const defined = new Set<string>();
  const define = (v: string, at: string): void => {
    if (defined.has(v)) fail(`the value "${v}" is defined twice`, [at]);
    if (!graph.types.has(v)) fail(`the value "${v}" has no type`, [at]);
    defined.add(v);
  };
  for (const i of graph.inputs) define(i.name, "inputs");
  for (const [name, t] of graph.initializers) {
    define(name, "initializers");
    const type = graph.types.get(name)!;
    if (!sameShape(type.shape, t.shape) || type.dtype !== t.dtype || t.data.length !== sizeOf(t.shape))
      fail(`the initializer "${name}" does not match its type`);
  }
  for (const node of graph.nodes) {
    for (const v of node.inputs) if (v !== "" && !defined.has(v)) fail(`the value "${v}" is used before it is defined`, [node.name]);
    const op = primitiveOf(node);
    checkAttrs(node, op.attrs);
    checkLists(graph, node, op);
    const types = inferNode(
      node,
      node.inputs.map((v) => graph.types.get(v)),
      (v) => graph.initializers.get(v),
    );
    node.outputs.forEach((o, i) => {
      if (o === "") return;
      define(o, node.name);
      const [have, want] = [graph.types.get(o)!, types[i]!];
      if (have.dtype !== want.dtype || !sameShape(have.shape, want.shape))
        fail(`the value "${o}" is ${formatType(have)}, its op makes ${formatType(want)}`, [node.name]);
    });
  }
  for (const o of graph.outputs) if (!defined.has(o)) fail(`the output "${o}" is never defined`);
}
