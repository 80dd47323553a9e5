import { clone, create } from "@bufbuild/protobuf";
import { AttributeProtoSchema, GraphProtoSchema, NodeProtoSchema } from "onnx-buf";
import type { AttributeProto, FunctionProto, GraphProto, ModelProto, NodeProto } from "onnx-buf";
import { opNamed } from "../ops/registry.js";
import { IsogradError } from "../util/errors.js";

const DEPTH_LIMIT = 64;
const NODE_LIMIT = 1_000_000;
const NAME_LIMIT = 2 ** 28;

/**
 * Inlines model-local functions: replaces, in place and recursively, every call by the nodes of the function. A call of an op
 * that isograd implements stays. Error `onnx/invalid` for endless recursion or too many nodes.
 */
export function inlineFunctions(model: ModelProto): ModelProto {
  if (model.functions.length === 0 || !model.graph) return model;
  const functions = new Map(model.functions.map((f) => [key(f.domain, f.name, f.overload), f]));
  const lengths = new Map(
    model.functions.map((f) => [f, f.node.reduce((n, { name, input, output }) => n + name.length + [...input, ...output].join().length, 0)]),
  );
  let calls = 0;
  let made = 0;
  let characters = 0;

  const expand = (nodes: readonly NodeProto[], depth: number): NodeProto[] => {
    if (depth > DEPTH_LIMIT) throw new IsogradError("onnx/invalid", "model-local functions call each other without end");
    const result: NodeProto[] = [];
    for (const node of nodes) {
      for (const a of node.attribute) if (a.g) a.g.node = expand(a.g.node, depth + 1);
      const f = functions.get(key(node.domain, node.opType, node.overload));
      if (!f || opNamed(node.opType ?? "", node.domain ?? "")) {
        result.push(node);
        continue;
      }
      made += 1 + f.node.length;
      characters += lengths.get(f)! + f.node.length * node.name.length;
      if (made > NODE_LIMIT || characters > NAME_LIMIT)
        throw new IsogradError("onnx/invalid", `model-local functions expand to more than ${NODE_LIMIT} nodes`);
      const body = expand(callBody(f, node, ++calls), depth + 1);
      for (const inner of body) result.push(inner);
    }
    return result;
  };
  model.graph.node = expand(model.graph.node, 0);
  return model;
}

const key = (domain: string, name: string, overload: string): string => `${domain}::${name}::${overload}`;

/** Returns the nodes of call number `n`: parameters replaced by arguments, inner names made unique, attribute references resolved. */
function callBody(f: FunctionProto, call: NodeProto, n: number): NodeProto[] {
  const prefix = `${call.name || call.output[0] || f.name}/${n}/`;
  const names = new Map<string, string>([["", ""]]);
  f.input.forEach((p, i) => names.set(p, call.input[i] ?? ""));
  f.output.forEach((p, i) => {
    if (call.output[i]) names.set(p, call.output[i]);
  });
  const given = new Map<string, AttributeProto>();
  for (const a of f.attributeProto) given.set(a.name ?? "", a);
  for (const a of call.attribute) given.set(a.name ?? "", a);
  const rename = (v: string): string => {
    let name = names.get(v);
    if (name === undefined) names.set(v, (name = prefix + v));
    return name;
  };
  const copyGraph = (g: GraphProto): GraphProto => {
    const copy = clone(GraphProtoSchema, g);
    for (const t of copy.initializer) t.name = rename(t.name ?? "");
    for (const v of [...copy.input, ...copy.output]) v.name = rename(v.name ?? "");
    copy.node = copy.node.map(copyNode);
    return copy;
  };
  const copyAttr = (a: AttributeProto): AttributeProto[] => {
    if (a.refAttrName) {
      const value = given.get(a.refAttrName);
      return value ? [create(AttributeProtoSchema, { ...value, name: a.name ?? "" })] : [];
    }
    return a.g ? [create(AttributeProtoSchema, { ...a, g: copyGraph(a.g) })] : [a];
  };
  const copyNode = (node: NodeProto): NodeProto =>
    create(NodeProtoSchema, {
      name: `${prefix}${node.name || node.output[0] || node.opType}`,
      opType: node.opType ?? "",
      domain: node.domain ?? "",
      input: node.input.map(rename),
      output: node.output.map(rename),
      attribute: node.attribute.flatMap(copyAttr),
      metadataProps: node.metadataProps.length > 0 ? node.metadataProps : call.metadataProps,
    });
  return f.node.map(copyNode);
}
