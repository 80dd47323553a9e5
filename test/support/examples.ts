import type { GraphBuilder } from "../../src/graph/builder.js";
import { newBuilder } from "../../src/ops/registry.js";
import type { Example, ExampleInput, Op } from "../../src/ops/op.js";
import type { Graph, Node } from "../../src/graph/graph.js";
import { isFloat, sizeOf, tensor } from "../../src/graph/tensor.js";
import type { DType, Tensor } from "../../src/graph/tensor.js";
import { stream } from "../../src/util/random.js";
import { toFloat64 } from "../../src/passes/float64.js";

/** The tensor that an example's recipe stands for: always the same one. */
function draw(input: ExampleInput, name: string): Tensor {
  const n = sizeOf(input.shape);
  if (input.values) return tensor(input.dtype, input.shape, input.values);
  const random = stream(7, name);
  const { low, high, awayFromZero = 0 } = input;
  return tensor(
    input.dtype,
    input.shape,
    Float64Array.from({ length: n }, (_, i) => {
      let v = low === undefined ? random.normal(i) : low + (high! - low) * random.uniform(i);
      if (Math.abs(v) < awayFromZero) v += v < 0 ? -awayFromZero : awayFromZero;
      return Math.fround(v);
    }),
  );
}

export interface Case {
  /** The bound graph in which composites are decomposed. */
  readonly graph: Graph;
  /** The one node as the example states it. */
  readonly raw: Graph;
  /** Values of the graph's inputs. */
  readonly feeds: Map<string, Tensor>;
}

/** Appends a branch or loop body that captures nothing: what the binder does for a file. */
function inline(b: GraphBuilder, body: Graph, args: readonly string[]): readonly string[] {
  const scope = new Map<string, string>([["", ""]]);
  body.inputs.forEach((input, i) => scope.set(input.name, args[i]!));
  for (const [name, value] of body.initializers) scope.set(name, b.constant(value));
  for (const n of body.nodes) {
    const made = b.ops(
      n.op,
      n.inputs.map((v) => scope.get(v)!),
      n.attrs,
      { domain: n.domain, outputs: n.outputs.length },
    );
    n.outputs.forEach((o, i) => scope.set(o, made[i]!));
  }
  return body.outputs.map((o) => scope.get(o)!);
}

/** Builds the graph of one example in the given float type. Float inputs become graph inputs, constants initializers. Masks are drawn with a seed of theirs. */
export function build(op: Op, example: Example, dtype: DType = "float32", dropoutSeed?: number): Case {
  const b = newBuilder();
  b.dropoutSeed = dropoutSeed;
  b.inline = (body, args) => inline(b, body, args);
  const feeds = new Map<string, Tensor>();
  const ports = Object.keys(op.inputs);
  const names = example.inputs.map((input, i) => {
    if (!input) return "";
    const port = ports[i] ?? `${ports[ports.length - 1]}_${i}`;
    const own = draw(input, `${op.name}/${example.name}/${port}`);
    const value = isFloat(own.dtype) ? tensor(dtype, own.shape, own.data) : own;
    const fixed = op.inputs[ports[Math.min(i, ports.length - 1)]!]?.static === true;
    if (input.constant || fixed) return b.initializer(port, value);
    feeds.set(port, value);
    return b.input(port, value);
  });
  const attrsNode: Node = { op: op.name, domain: op.domain ?? "", name: "node", inputs: names, outputs: [], attrs: example.attrs ?? {} };
  const converted = dtype === "float64" ? toFloat64({ ...b.build(""), nodes: [attrsNode] }).nodes[0]!.attrs : attrsNode.attrs;
  const count = example.outputs ?? 1;
  const outNames = Array.from({ length: count }, (_, i) => `out${i}`);
  const made = b.ops(op.name, names, converted, { domain: op.domain ?? "", outputs: outNames, name: "node" });
  b.outputs.push(...made.map((v, i) => (made.indexOf(v) === i && !b.inputs.some((x) => x.name === v) ? v : b.op("Identity", [v]))));
  const graph = b.build(`${op.name}: ${example.name}`);
  const types = new Map(graph.types);
  outNames.forEach((o, i) => types.set(o, b.type(made[i]!)));
  const raw: Graph = { ...graph, nodes: [{ ...attrsNode, attrs: converted, outputs: outNames }], outputs: outNames, types };
  return { graph, raw, feeds };
}
