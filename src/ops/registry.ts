import type { Graph, Node } from "../graph/graph.js";
import { formatType, isFloat, sizeOf } from "../graph/tensor.js";
import type { Tensor, ValueType } from "../graph/tensor.js";
import { IsogradError, invariant } from "../util/errors.js";
import type { ErrorParts } from "../util/errors.js";
import { AttrReader } from "./attrs.js";
import { refusedElements } from "./shared/element-types.js";
import { OPS } from "./index.js";
import type { DecomposeContext, EvalContext, InferContext, Op, Port, PrimitiveOp, VjpContext } from "./op.js";
import { isPrimitive } from "./op.js";
import { NO_TRAITS } from "./traits.js";
import type { Traits } from "./traits.js";
import { GraphBuilder } from "../graph/builder.js";
import type { Typing } from "../graph/builder.js";

const keyOf = (domain: string, name: string): string => (domain === "" || domain === "ai.onnx" ? name : `${domain}::${name}`);

const BY_NAME: ReadonlyMap<string, Op> = new Map(OPS.map((op) => [keyOf(op.domain ?? "", op.name), op]));

/** Returns the op of this name, if isograd knows it. */
export const opNamed = (name: string, domain = ""): Op | undefined => BY_NAME.get(keyOf(domain, name));

/** Returns the op of a node; an error when isograd does not know it. */
export function opOf(node: Node): Op {
  const op = opNamed(node.op, node.domain);
  if (!op) throw new IsogradError("op/unsupported", `op ${keyOf(node.domain, node.op)} is not supported`, { at: [node.name] });
  return op;
}

const FOREIGN_BY_NAME: ReadonlyMap<string, Op> = new Map(OPS.filter((op) => op.domain !== undefined).map((op) => [op.name, op]));

/** Returns what kinds of op a node is; no traits where isograd does not know the op. Where the domain is not known the name alone decides. */
export function traitsOf({ op, domain }: { readonly op: string; readonly domain?: string }): Traits {
  const known = opNamed(op, domain) ?? (domain === undefined ? FOREIGN_BY_NAME.get(op) : undefined);
  return known?.traits ?? NO_TRAITS;
}

/** Returns the primitive op of a node; composites must have been decomposed before. */
export function primitiveOf(node: Node): PrimitiveOp {
  const op = opOf(node);
  invariant(isPrimitive(op), `${node.op} should have been decomposed`);
  return op;
}

/** Returns the port that input (or output) `i` of a node belongs to: the last one when that is variadic. */
export function portAt(ports: Readonly<Record<string, Port>>, i: number): { readonly name: string; readonly port: Port } | undefined {
  const names = Object.keys(ports);
  const name = names[i] ?? names[names.length - 1];
  if (name === undefined) return undefined;
  const port = ports[name]!;
  return i < names.length || port.variadic ? { name, port } : undefined;
}

/** Checks how many inputs and outputs a node has against its op's ports. */
function checkPorts(node: Node, op: Op): void {
  const fail = (what: string, parts: ErrorParts = {}): never => {
    throw new IsogradError("op/input", `${node.op} ${what}`, { at: [node.name], ...parts });
  };
  const inputs = Object.entries(op.inputs);
  inputs.forEach(([name, port], i) => {
    if (!port.optional && (node.inputs[i] ?? "") === "") fail(`lacks its input "${name}"`);
  });
  if (inputs.length === 0 ? node.inputs.length > 0 : !portAt(op.inputs, Math.max(0, node.inputs.length - 1))) {
    fail("has too many inputs", { expected: `at most ${inputs.length}`, received: String(node.inputs.length) });
  }
  if (!portAt(op.outputs, Math.max(0, node.outputs.length - 1))) {
    fail("has too many outputs", { expected: `at most ${Object.keys(op.outputs).length}`, received: String(node.outputs.length) });
  }
  if (node.outputs.length === 0) fail("has no outputs");
}

function named<T>(ports: Readonly<Record<string, Port>>, values: readonly T[], missing: T): Record<string, T> {
  return Object.fromEntries(Object.keys(ports).map((name, i) => [name, values[i] ?? missing]));
}

const failer =
  (node: Node) =>
  (what: string, parts: ErrorParts = {}): never => {
    throw new IsogradError("op/input", `${node.op}: ${what}`, { at: [node.name], ...parts });
  };

function notConstant(node: Node, port: string, value: string): never {
  throw new IsogradError("op/not-constant", `${node.op} needs its input "${port}" to be known before the run, but "${value}" depends on the data`, {
    at: [node.name],
    value,
    fix: `export the network with fixed shapes, or fix a value of the file, for example with --set ${value}=1`,
  });
}

type Constant = (value: string) => Tensor | undefined;

function inferContext(node: Node, op: PrimitiveOp, types: readonly (ValueType | undefined)[], constant: Constant): InferContext {
  const fail = failer(node);
  const names = Object.keys(op.inputs);
  const at = (port: string): number => {
    const i = names.indexOf(port);
    invariant(i >= 0, `${node.op} has no port ${port}`);
    return i;
  };
  const optionalConstant = (port: string): Tensor | undefined => {
    const value = node.inputs[at(port)] ?? "";
    if (value === "") return undefined;
    const known = constant(value);
    return known ?? notConstant(node, port, value);
  };
  return {
    node,
    attrs: new AttrReader(node, op.attrs),
    types,
    type: (port) => types[at(port)] ?? fail(`lacks its input "${port}"`),
    optional: (port) => types[at(port)],
    constant: (port) => optionalConstant(port) ?? fail(`lacks its input "${port}"`),
    optionalConstant,
    outputs: node.outputs.length,
    fail,
  };
}

/** Returns the output types of a primitive node from its input types. Errors name the node. */
export function inferNode(node: Node, types: readonly (ValueType | undefined)[], constant: Constant): readonly ValueType[] {
  const op = primitiveOf(node);
  checkPorts(node, op);
  const fail = failer(node);
  const first = types[0];
  const expected = first && op.accepts ? refusedElements(op.accepts, first.dtype) : undefined;
  if (expected) fail("does not take these elements", { expected, received: first!.dtype });
  const out = naming(node, () => op.infer(inferContext(node, op, types, constant)));
  for (const t of out) {
    if (t.shape.length > 64) fail(`would have an output of ${t.shape.length} dims`);
    for (const d of t.shape) {
      if (!(Number.isSafeInteger(d) && d >= 0))
        fail(`would have an output of shape [${t.shape.join(", ")}]`, { fix: "check the shapes that the model is given" });
    }
    if (!Number.isSafeInteger(sizeOf(t.shape))) fail(`would have an output of ${formatType(t)}`, { fix: "check the shapes that the model is given" });
  }
  return out;
}

/** Returns the outputs of a node that follow from its input types alone; undefined for most ops. */
export function foldFromTypes(node: Node, types: readonly (ValueType | undefined)[], constant: Constant): readonly Tensor[] | undefined {
  const op = primitiveOf(node);
  return op.fold?.(inferContext(node, op, types, constant));
}

/** Computes the outputs of a primitive node in float64 arithmetic. `out` are its inferred types. */
export function evaluateNode(node: Node, inputs: readonly (Tensor | undefined)[], out: readonly ValueType[]): readonly Tensor[] {
  const op = primitiveOf(node);
  const x = named<Tensor | undefined>(op.inputs, inputs, undefined);
  const c: EvalContext = {
    node,
    attrs: new AttrReader(node, op.attrs),
    x: x as Record<string, Tensor>,
    xs: inputs as readonly Tensor[],
    has: (port) => x[port] !== undefined,
    out,
  };
  return naming(node, () => op.evaluate(c));
}

/** Runs `f` for a node, which errors name. */
function naming<R>(node: Node, f: () => R): R {
  try {
    return f();
  } catch (error) {
    throw error instanceof IsogradError ? error.within(node.name) : error;
  }
}

/**
 * Appends to `b` the nodes that give the cotangents of a node's inputs.
 * Returns one entry per input, undefined where none arrives. Broadcasting is not undone here.
 */
export function applyVjp(
  b: GraphBuilder,
  node: Node,
  gs: readonly (string | undefined)[],
  need: (input: number) => boolean,
): readonly (string | undefined)[] {
  const op = primitiveOf(node);
  const nothing = node.inputs.map(() => undefined);
  if (typeof op.vjp !== "function") {
    if ("zero" in op.vjp) return nothing;
    throw new IsogradError("autodiff/not-differentiable", `${node.op} is not differentiable: ${op.vjp.none}`, {
      at: [node.name],
      fix: "choose a loss that does not depend on it, with --output or --loss",
    });
  }
  const names = Object.keys(op.inputs);
  const outs = Object.keys(op.outputs);
  const g: Record<string, string> = {};
  outs.forEach((port, i) => {
    Object.defineProperty(g, port, { enumerable: true, get: () => gs[i] ?? b.zerosLike(node.outputs[i]!) });
  });
  const c: VjpContext = {
    b,
    node,
    attrs: new AttrReader(node, op.attrs),
    x: named(op.inputs, node.inputs, ""),
    xs: node.inputs,
    y: named(op.outputs, node.outputs, ""),
    ys: node.outputs,
    g,
    gs,
    need: (port) => need(typeof port === "number" ? port : names.indexOf(port)),
    constant: (port) => {
      const value = b.constantOf(node.inputs[names.indexOf(port)] ?? "");
      invariant(value, `the gradient of ${node.op} needs its input ${port} as a constant`);
      return value;
    },
  };
  const cotangents = op.vjp(c);
  if (Array.isArray(cotangents)) return node.inputs.map((_, i) => (cotangents as readonly (string | undefined)[])[i]);
  const byPort = cotangents as Readonly<Record<string, string | undefined>>;
  for (const port of Object.keys(byPort)) invariant(names.includes(port), `the gradient of ${node.op} names the unknown port ${port}`);
  return node.inputs.map((_, i) => byPort[names[i]!]);
}

/** Tells whether the network is differentiated by input `i` of a node: a float input of a port that is not fixed, of an op with a gradient. */
export function passesGradient(node: Node, i: number, dtypeOf: (value: string) => ValueType | undefined): boolean {
  const op = opOf(node);
  if (isPrimitive(op) && typeof op.vjp !== "function" && "zero" in op.vjp) return false;
  const port = portAt(op.inputs, i);
  if (!port || port.port.static) return false;
  const t = dtypeOf(node.inputs[i]!);
  return t !== undefined && isFloat(t.dtype);
}

/** Appends to `b` what a composite node stands for, or what a primitive one is rewritten to, and returns its outputs; undefined when the node stays. */
function decomposeNode(b: GraphBuilder, node: Node): readonly string[] | undefined {
  const op = opOf(node);
  if (isPrimitive(op) && !op.rewrite) return undefined;
  checkPorts(node, op);
  const x = named(op.inputs, node.inputs, "");
  const c: DecomposeContext = {
    b,
    node,
    attrs: new AttrReader(node, op.attrs),
    x,
    xs: node.inputs,
    has: (port) => x[port] !== "",
    constant: (port) => b.constantOf(x[port] ?? "") ?? notConstant(node, port, x[port] ?? ""),
    outputs: node.outputs.length,
    wants: (i) => (node.outputs[i] ?? "") !== "",
    inline: (graph, args) => {
      invariant(b.inline, `${node.op} was met outside a file`);
      return b.inline(graph, args);
    },
    dropoutSeed: b.dropoutSeed,
    step: b.step,
    fail: failer(node),
  };
  const before = b.origin;
  b.origin = node.origin ?? { node: node.name, op: node.op, role: "forward" };
  try {
    const outputs = naming(node, () => (isPrimitive(op) ? op.rewrite?.(c) : op.decompose(c)));
    if (!outputs) return undefined;
    return node.outputs.map((o, i) => {
      if (o === "") return "";
      const made = outputs[i];
      invariant(made, `${node.op} did not make its output ${i}`);
      return made;
    });
  } finally {
    b.origin = before;
  }
}

/** The rules of ops that the graph builder uses. */
export const TYPING: Typing = { infer: inferNode, decompose: decomposeNode };

/** Returns a builder over the registry, empty or continuing a bound graph. */
export const newBuilder = (from?: Graph): GraphBuilder => new GraphBuilder(TYPING, from);

/** Returns every op, in the order of the index. */
export const allOps = (): readonly Op[] => OPS;
