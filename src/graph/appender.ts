import { IsogradError, invariant } from "../util/errors.js";
import type { Attr, Graph, GraphInput, Node, Origin } from "./graph.js";
import type { DType, Tensor, ValueType } from "./tensor.js";

/** The two services of the op registry that a builder needs. They are passed in, so that `graph/` does not import `ops/`. */
export interface Typing {
  /** Returns the output types of a node. `constant` gives a value where it is known before any run. */
  infer(node: Node, inputs: readonly (ValueType | undefined)[], constant: (value: string) => Tensor | undefined): readonly ValueType[];
  /** Appends the primitive nodes that a composite node stands for and returns its outputs; undefined for a primitive node. */
  decompose(b: NodeAppender, node: Node): readonly string[] | undefined;
}

/** Options for appending one node. */
export interface OpOptions {
  readonly domain?: string;
  readonly name?: string;
  readonly origin?: Origin;
  /** Output names, or a number of outputs that get new names (default 1). */
  readonly outputs?: readonly string[] | number;
}

/**
 * The most names that all sequences hold together. A loop that appends to a sequence makes a new list in every iteration,
 * so the total grows with the square of the iterations.
 */
const SEQUENCE_LIMIT = 1 << 22;

/** Appends typed nodes to a graph under unused names. It holds the state of a builder; `GraphBuilder` adds a method for each common op. */
export class NodeAppender {
  readonly inputs: GraphInput[] = [];
  readonly outputs: string[] = [];
  readonly initializers: Map<string, Tensor> = new Map();
  readonly constants: Set<string> = new Set();
  readonly nodes: Node[] = [];
  readonly types: Map<string, ValueType> = new Map();
  /** Sequences by name. Each is a list of values that is known before any run, so the graph itself holds only the elements. */
  readonly sequences: Map<string, readonly string[]> = new Map();
  /** The origin that every appended node gets unless it brings its own. */
  origin: Origin | undefined;
  /** The module path that is put before the names of appended nodes without an origin, e.g. `block3/branch`. */
  scope = "";
  /** Appends a subgraph (a branch of If, a body of Loop or Scan) with its inputs bound to `args` and returns its outputs. The binder sets it. */
  inline: ((graph: Graph, args: readonly string[]) => readonly string[]) | undefined;
  /** The seed of the dropout masks; undefined makes dropout the identity. */
  dropoutSeed: number | undefined;
  /** Returns the value that holds the number of the step of training, where draws are made anew in each. The binder sets it. */
  step: (() => string) | undefined;

  readonly #typing: Typing;
  readonly #taken = new Set<string>();
  readonly #nodeNames = new Set<string>();
  readonly #counters = new Map<string, number>();
  /** Names of small constants by their content, so that equal ones are stored once. */
  readonly #smallConstants = new Map<string, string>();
  /** Every value that is an element of some sequence. */
  readonly #elements = new Set<string>();
  /** Number of names in all sequences together. */
  #sequenceLength = 0;

  constructor(typing: Typing, from?: Graph) {
    this.#typing = typing;
    if (!from) return;
    this.inputs.push(...from.inputs);
    this.outputs.push(...from.outputs);
    for (const [k, v] of from.initializers) this.initializers.set(k, v);
    for (const k of from.constants) this.constants.add(k);
    for (const node of from.nodes) {
      this.nodes.push(node);
      this.#nodeNames.add(node.name);
    }
    for (const [k, v] of from.types) {
      this.types.set(k, v);
      this.#taken.add(k);
    }
    for (const i of from.inputs) this.#taken.add(i.name);
    for (const k of from.initializers.keys()) this.#taken.add(k);
  }

  /** Returns the finished graph; nodes appended later are not in it. */
  build(name: string): Graph {
    return {
      name,
      inputs: [...this.inputs],
      outputs: [...this.outputs],
      initializers: new Map(this.initializers),
      constants: new Set(this.constants),
      nodes: [...this.nodes],
      types: new Map(this.types),
    };
  }

  /** Marks names as taken that are defined only later. */
  reserve(names: Iterable<string>): void {
    for (const n of names) this.#taken.add(n);
  }

  /** Returns an unused value name: `base` itself, else `base_1`, `base_2`, … */
  fresh(base: string): string {
    return unused(base, this.#taken, this.#counters);
  }

  type(value: string): ValueType {
    const t = this.types.get(value);
    if (!t) throw new IsogradError("internal/bug", `value "${value}" has no type`);
    return t;
  }

  shape(value: string): readonly number[] {
    return this.type(value).shape;
  }

  dtype(value: string): DType {
    return this.type(value).dtype;
  }

  input(name: string, type: ValueType): string {
    this.inputs.push({ name, dtype: type.dtype, shape: type.shape });
    this.types.set(name, type);
    this.#taken.add(name);
    return name;
  }

  initializer(name: string, value: Tensor, constant = true): string {
    this.initializers.set(name, value);
    this.types.set(name, { dtype: value.dtype, shape: value.shape });
    if (constant) this.constants.add(name);
    this.#taken.add(name);
    return name;
  }

  /** Adds a constant and returns its name; equal constants of at most 64 elements share one. */
  constant(value: Tensor): string {
    if (value.data.length > 64) return this.initializer(this.fresh("constant"), value);
    const key = `${value.dtype}|${value.shape.join()}|${Array.from(value.data, (v) => (Object.is(v, -0) ? "-0" : v)).join()}`;
    let name = this.#smallConstants.get(key);
    if (name === undefined) {
      name = this.initializer(this.fresh(constantName(value)), value);
      this.#smallConstants.set(key, name);
    }
    return name;
  }

  /** Records a list of values as a sequence and returns its name. Error `memory/limit`. */
  sequence(elements: readonly string[]): string {
    this.#sequenceLength += elements.length;
    if (this.#sequenceLength > SEQUENCE_LIMIT)
      throw new IsogradError("memory/limit", `the network's sequences hold more than ${SEQUENCE_LIMIT} elements together`, {
        fix: "bind a shorter sequence",
      });
    const name = this.fresh("sequence");
    this.sequences.set(name, elements);
    for (const e of elements) this.#elements.add(e);
    return name;
  }

  /** Returns the tensor of `name` where it is known before any run. */
  constantOf(name: string): Tensor | undefined {
    return this.initializers.get(name);
  }

  /** Appends a node with one output and returns that output. */
  op(op: string, inputs: readonly string[], attrs: Readonly<Record<string, Attr>> = {}, options: OpOptions = {}): string {
    return this.ops(op, inputs, attrs, options)[0]!;
  }

  /** Appends a node and returns its outputs. */
  ops(op: string, inputs: readonly string[], attrs: Readonly<Record<string, Attr>> = {}, options: OpOptions = {}): readonly string[] {
    const given = options.outputs ?? 1;
    const outputs = typeof given === "number" ? Array.from({ length: given }, () => this.fresh(this.#baseName(op))) : given;
    const origin = options.origin ?? this.origin;
    return this.append({
      op,
      domain: options.domain ?? "",
      name: options.name ?? unused(outputs.find((o) => o !== "") ?? op, this.#nodeNames, this.#counters),
      inputs: trimmed(inputs),
      outputs,
      attrs,
      ...(origin ? { origin } : {}),
    });
  }

  /** Appends a node, infers its output types, and returns its outputs. A composite node is decomposed, and its outputs then have other names. */
  append(node: Node): readonly string[] {
    const parts = this.#typing.decompose(this, node);
    if (parts) return parts;
    const inputTypes = node.inputs.map((i) => (i === "" ? undefined : this.type(i)));
    const types = this.#typing.infer(node, inputTypes, (v) => this.constantOf(v));
    node.outputs.forEach((o, i) => {
      if (o === "") return;
      const t = types[i];
      invariant(t, `${node.op} gave no type for its output ${i}`);
      this.types.set(o, t);
      this.#taken.add(o);
    });
    this.commit(node);
    return node.outputs;
  }

  /** Adds a node whose output types are known. `BindingBuilder` overrides it to fold constants. */
  protected commit(node: Node): void {
    this.nodes.push(node);
    this.#nodeNames.add(node.name);
  }

  /** Returns an unused node name, made as `fresh` makes value names. */
  freshNodeName(base: string): string {
    return unused(base, this.#nodeNames, this.#counters);
  }

  /** Renames a value in the nodes from index `since` on; returns false, and changes nothing, when an earlier node made it. */
  rename(from: string, to: string, since: number): boolean {
    let made = since;
    while (made < this.nodes.length && !this.nodes[made]!.outputs.includes(from)) made++;
    if (made >= this.nodes.length) return false;
    const swap = (v: string): string => (v === from ? to : v);
    for (let i = made; i < this.nodes.length; i++) {
      const n = this.nodes[i]!;
      this.nodes[i] = { ...n, inputs: n.inputs.map(swap), outputs: n.outputs.map(swap) };
    }
    this.types.set(to, this.type(from));
    this.types.delete(from);
    if (this.#elements.delete(from)) {
      this.#elements.add(to);
      for (const [name, list] of this.sequences) if (list.includes(from)) this.sequences.set(name, list.map(swap));
    }
    this.#taken.add(to);
    return true;
  }

  #baseName(op: string): string {
    const o = this.origin;
    if (!o) return this.scope === "" ? op : `${this.scope}/${op}`;
    return o.role === "forward" ? `${o.node}/${op}` : `${o.role}/${o.node}/${op}`;
  }
}

/** Returns `base`, or `base_1`, `base_2`, … where that is taken, and marks the name as taken. */
function unused(base: string, taken: ReadonlySet<string>, counters: Map<string, number>): string {
  if (base !== "" && !taken.has(base)) {
    (taken as Set<string>).add(base);
    return base;
  }
  let n = counters.get(base) ?? 0;
  let name: string;
  do name = `${base}_${++n}`;
  while (taken.has(name));
  counters.set(base, n);
  (taken as Set<string>).add(name);
  return name;
}

/** Drops omitted inputs ("") from the end. */
function trimmed(inputs: readonly string[]): readonly string[] {
  let n = inputs.length;
  while (n > 0 && inputs[n - 1] === "") n--;
  return inputs.slice(0, n);
}

function constantName(t: Tensor): string {
  const values = Array.from(t.data.subarray(0, 6), (v) => (Number.isInteger(v) ? String(v) : v.toPrecision(4))).join("_");
  return `constant/${t.dtype}_${values}${t.data.length > 6 ? "_etc" : ""}`;
}
