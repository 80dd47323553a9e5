import { NODE_LIMIT } from "./limits.js";
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

/** Settings that every network is built with. */
export interface NetOptions {
  readonly seed: number;
  readonly dtype: FloatDType;
  /** Size of the batch axis in examples, or the name of a symbolic one. */
  readonly batch: Dim;
  readonly init: Init;
  /** Whether weights are drawn (default true). Without them only the shapes of the parameters are known. */
  readonly draw?: boolean;
  /** The most bytes that the weights may take together. */
  readonly maxBytes: number;
}

/** Refuses a network of too many nodes or too many bytes of weights. Error `memory/limit`. */
function refuseLarge(nodes: number, bytes: number, maxBytes: number): void {
  if (nodes > NODE_LIMIT)
    throw new IsogradError("memory/limit", `the network has more than ${NODE_LIMIT} nodes`, { fix: "make it less deep, or its sequences shorter" });
  if (bytes > maxBytes) refuseBytes("the network's weights take", bytes, maxBytes);
}

/**
 * A network that is being built from nodes as a file holds them: composite ops are kept. A layer is a function that takes the network and the
 * name of a value, appends nodes, and returns the name of its result. While types are inferred, the batch axis has BATCH_STAND_IN elements;
 * no layer may write that number into a node.
 */
export interface Net {
  readonly b: GraphBuilder;
  readonly dtype: FloatDType;
  readonly init: Init;
  /** Runs `build` inside the module `name`: the names of everything that it appends get the prefix `name/`. */
  within<T>(name: string, build: () => T): T;
  /** Adds an input [batch, ...shape] (default: of the network's dtype) and returns its name. */
  input(name: string, shape: readonly number[], dtype?: DType): string;
  /** Adds a trainable tensor and returns its name. Its values depend on the seed and its full name only, not on other parameters. */
  parameter(name: string, shape: readonly number[], fill: Fill): string;
  /** Adds a tensor that is stored like a parameter but not trained, such as the running statistics of a norm. */
  fixed(name: string, shape: readonly number[], value: number): string;
  /** The parameters added so far, in order, each with the function that draws it. */
  readonly parameters: readonly { readonly name: string; readonly shape: readonly number[]; readonly fill: Fill }[];
  /** Returns the unbound graph with these outputs (names of values by output name), and the outputs' types with the batch axis of the spec. */
  finish(name: string, outputs: Readonly<Record<string, string>>): { readonly graph: Graph; readonly outputs: readonly DeclaredValue[] };
}

/** The name and type of a value as a file declares it. */
export interface DeclaredValue {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly Dim[];
}

/** Size of the batch axis, in examples, while types are inferred. */
const BATCH_STAND_IN = 3;

/** Returns a builder that keeps composite ops, and infers their types from their decompositions in a scratch builder. */
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

/** Rounds float attributes to float32, as a file stores them. */
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

/**
 * Draws a parameter, as a function of the seed and its own name. The values are written into `buffer`, a tensor of the same
 * type, where one is given.
 */
export function drawParameter(name: string, shape: readonly number[], dtype: FloatDType, fill: Fill, seed: number, buffer?: Tensor): Tensor {
  const data = (buffer ? buffer.data.fill(0) : allocate(dtype, sizeOf(shape))) as Float32Array | Float64Array;
  fill(data, shape, stream(seed, name));
  return { dtype, shape, data };
}

/** Returns an empty network. */
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
    input: (name, shape, type = dtype) => b.input(name, { dtype: type, shape: [BATCH_STAND_IN, ...shape] }),
    parameter: (name, shape, fill) => {
      const full = b.fresh(scoped(name));
      parameters.push({ name: full, shape, fill });
      bytes += bytesOf({ dtype, shape });
      refuseLarge(0, bytes, maxBytes);
      if (!draw) {
        b.types.set(full, { dtype, shape });
        return full;
      }
      return b.initializer(full, drawParameter(full, shape, dtype, fill, seed), false);
    },
    fixed: (name, shape, value) => {
      const data = allocate(dtype, sizeOf(shape)).fill(value);
      return b.initializer(b.fresh(scoped(name)), { dtype, shape, data }, false);
    },
    finish: (name, outputs) => {
      const ends = Object.entries(outputs).map(([wanted, value]): DeclaredValue => {
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
