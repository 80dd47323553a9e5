import { GraphBuilder } from "../graph/builder.js";
import type { Attr, Dim, Graph, Node } from "../graph/graph.js";
import { allocate, bytesOf, sizeOf } from "../graph/tensor.js";
import type { DType, FloatDType, Tensor, ValueType } from "../graph/tensor.js";
import { isPrimitive } from "../ops/op.js";
import { TYPING, inferNode, newBuilder, opOf } from "../ops/registry.js";
import { IsogradError, refuseBytes } from "../util/errors.js";
import { stream } from "../util/random.js";
import type { Fill } from "./init/fill.js";
import type { Init } from "./init/scheme.js";

/** What all networks are built with. */
export interface NetOptions {
  readonly seed: number;
  readonly dtype: FloatDType;
  /** Size of the batch axis, or the name of a free one. */
  readonly batch: Dim;
  readonly init: Init;
  /** Whether weights are drawn (default). Without them a network has its shapes only. */
  readonly draw?: boolean;
  /** The most bytes that its weights may take. */
  readonly maxBytes: number;
}

/** A network of more nodes is refused while it is built. */
const NODE_LIMIT = 500_000;

function refuseLarge(nodes: number, bytes: number, maxBytes: number): void {
  if (nodes > NODE_LIMIT)
    throw new IsogradError("memory/limit", `the network has more than ${NODE_LIMIT} nodes`, { fix: "make it less deep, or its sequences shorter" });
  if (bytes > maxBytes) refuseBytes("the network's weights take", bytes, maxBytes);
}

/**
 * A network being built: nodes as a file holds them, composite ones whole. Layers take it first, then the value they act on; they return a
 * value. The batch axis counts as STAND_IN elements while types are inferred, and no layer may write that number into a node.
 */
export interface Net {
  readonly b: GraphBuilder;
  readonly dtype: FloatDType;
  readonly init: Init;
  /** Runs `build` with `name` added to the names of all that it makes. */
  within<T>(name: string, build: () => T): T;
  /** A float input of the shape behind the batch axis. */
  input(name: string, shape: readonly number[], dtype?: DType): string;
  /** A trainable tensor, drawn from the stream of the seed and its full name: other parameters make no difference to it. */
  parameter(name: string, shape: readonly number[], fill: Fill): string;
  /** A tensor that is stored as a parameter is, but that nothing is differentiated by: running statistics. */
  fixed(name: string, shape: readonly number[], value: number): string;
  /** The parameters made so far, in order, and how they are drawn. */
  readonly parameters: readonly { readonly name: string; readonly shape: readonly number[]; readonly fill: Fill }[];
  /** The graph with these outputs, unbound, and the types of the outputs with the batch axis as the spec has it. */
  finish(name: string, outputs: Readonly<Record<string, string>>): { readonly graph: Graph; readonly outputs: readonly Declared[] };
}

/** A value as a file declares it. */
export interface Declared {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly Dim[];
}

/** Size of the batch axis while types are inferred. */
const STAND_IN = 3;

/** A builder that keeps composite ops whole, and infers their types from what they decompose to. */
const wholeBuilder = (): GraphBuilder =>
  new GraphBuilder({
    decompose: () => undefined,
    infer: (node, inputs, constant) => {
      if (isPrimitive(opOf(node))) return inferNode(node, inputs, constant);
      const scratch = newBuilder();
      node.inputs.forEach((v, i) => {
        const known = v === "" ? undefined : constant(v);
        if (known) scratch.initializer(v, known);
        else if (v !== "" && !scratch.types.has(v)) scratch.input(v, inputs[i]!);
      });
      const made = TYPING.decompose(scratch, node)!;
      return made.map((v): ValueType => (v === "" ? { dtype: "float32", shape: [] } : scratch.type(v)));
    },
  });

/** The node as a file holds it: float attributes in single precision. */
function asStored(node: Node): Node {
  const kinds = opOf(node).attrs;
  const attrs = Object.entries(node.attrs).map(([name, value]): [string, Attr] => [
    name,
    kinds[name]?.kind === "float"
      ? Math.fround(value as number)
      : kinds[name]?.kind === "floats"
        ? (value as readonly number[]).map(Math.fround)
        : value,
  ]);
  return { ...node, attrs: Object.fromEntries(attrs) };
}

/** A parameter's values: a function of the seed and its own name. They are written into `room`, a tensor of the same type, where one is given. */
export function drawn(name: string, shape: readonly number[], dtype: FloatDType, fill: Fill, seed: number, room?: Tensor): Tensor {
  const data = (room ? room.data.fill(0) : allocate(dtype, sizeOf(shape))) as Float32Array | Float64Array;
  fill(data, shape, stream(seed, name));
  return { dtype, shape, data };
}

/** An empty network. */
export function newNet({ seed, dtype, batch, init, draw = true, maxBytes }: NetOptions): Net {
  const b = wholeBuilder();
  let bytes = 0;
  const parameters: { name: string; shape: readonly number[]; fill: Fill }[] = [];
  const scoped = (name: string): string => (b.scope === "" ? name : `${b.scope}/${name}`);
  const declared = (shape: readonly number[]): readonly Dim[] => [batch, ...shape.slice(1)];
  return {
    b,
    dtype,
    init,
    parameters,
    within: (name, build) => {
      const outer = b.scope;
      refuseLarge(b.nodes.length, bytes, maxBytes);
      b.scope = scoped(name);
      try {
        return build();
      } finally {
        b.scope = outer;
      }
    },
    input: (name, shape, type = dtype) => b.input(name, { dtype: type, shape: [STAND_IN, ...shape] }),
    parameter: (name, shape, fill) => {
      const full = b.fresh(scoped(name));
      parameters.push({ name: full, shape, fill });
      bytes += bytesOf({ dtype, shape });
      refuseLarge(0, bytes, maxBytes);
      if (!draw) {
        b.types.set(full, { dtype, shape });
        return full;
      }
      return b.initializer(full, drawn(full, shape, dtype, fill, seed), false);
    },
    fixed: (name, shape, value) => {
      const data = allocate(dtype, sizeOf(shape)).fill(value);
      return b.initializer(b.fresh(scoped(name)), { dtype, shape, data }, false);
    },
    finish: (name, outputs) => {
      const ends = Object.entries(outputs).map(([wanted, value]): Declared => {
        if (!b.rename(value, wanted, 0)) b.op("Identity", [value], {}, { outputs: [wanted] });
        b.outputs.push(wanted);
        return { name: wanted, dtype: b.dtype(wanted), shape: declared(b.shape(wanted)) };
      });
      const graph = b.build(name);
      const inputs = graph.inputs.map((i) => ({ ...i, shape: declared(i.shape as readonly number[]) }));
      return { graph: { ...graph, inputs, nodes: graph.nodes.map(asStored), types: new Map() }, outputs: ends };
    },
  };
}
