import { IsogradError, invariant } from "../util/errors.js";
import type { Attr, Graph, GraphInput, Node, Origin } from "./graph.js";
import { formatShape, int64s, isFloat, sameShape, sizeOf, tensor } from "./tensor.js";
import type { DType, Tensor, ValueType } from "./tensor.js";

/** What a builder asks the op registry. */
export interface Typing {
  /** The output types of a node. `constant` gives a value that is known before any run. */
  infer(
    node: Node,
    inputs: readonly (ValueType | undefined)[],
    constant: (value: string) => Tensor | undefined,
  ): readonly ValueType[];
  /** Appends what a composite node stands for and returns its outputs; undefined for a primitive one. */
  decompose(b: GraphBuilder, node: Node): readonly string[] | undefined;
}

/** How to append one node. */
export interface OpOptions {
  readonly domain?: string;
  readonly name?: string;
  readonly origin?: Origin;
  /** Output names, or how many outputs to name freshly (default 1). */
  readonly outputs?: readonly string[] | number;
}

/**
 * Appends typed nodes to a graph. Values are named by strings; every append infers the output types at once, so that a wrong
 * rule fails where it is written. The short methods (`add`, `reduceSum`, …) are the alphabet in which gradient rules and
 * decompositions are written; each maps to one standard ONNX op, or to none where it would change nothing.
 */
export class GraphBuilder {
  readonly inputs: GraphInput[] = [];
  readonly outputs: string[] = [];
  readonly initializers: Map<string, Tensor> = new Map();
  readonly constants: Set<string> = new Set();
  readonly nodes: Node[] = [];
  readonly types: Map<string, ValueType> = new Map();
  /** Stamped on every node appended without an origin of its own. */
  origin: Origin | undefined;
  /** Appends a subgraph with its inputs bound to `args` and returns its outputs: set by the binder, for If, Loop and Scan. */
  inline: ((graph: Graph, args: readonly string[]) => readonly string[]) | undefined;
  /** Seed of dropout masks; undefined makes dropout the identity. */
  dropoutSeed: number | undefined;

  readonly #typing: Typing;
  readonly #taken = new Set<string>();
  readonly #nodeNames = new Set<string>();
  readonly #counters = new Map<string, number>();
  readonly #shared = new Map<string, string>();
  /** What `expand` was given, by its result. */
  readonly #expanded = new Map<string, string>();

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

  /** The finished graph; later appends do not show in it. */
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

  /** Marks names as taken that will only be defined later. */
  reserve(names: Iterable<string>): void {
    for (const n of names) this.#taken.add(n);
  }

  /** A value name that is not taken: `base` itself, else `base_1`, `base_2`, … */
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

  /** A constant; equal small ones share one name. */
  constant(value: Tensor): string {
    if (value.data.length > 64) return this.initializer(this.fresh("constant"), value);
    const key = `${value.dtype}|${value.shape.join()}|${Array.from(value.data, (v) => (Object.is(v, -0) ? "-0" : v)).join()}`;
    let name = this.#shared.get(key);
    if (name === undefined) {
      name = this.initializer(this.fresh(constantName(value)), value);
      this.#shared.set(key, name);
    }
    return name;
  }

  /** The value of `name` when it is known before any run. */
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

  /** Appends a ready node, inferring its output types, and returns its outputs: other names than the node's where it was decomposed. */
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

  /** Adds a node whose output types are set. A binding builder folds here. */
  protected commit(node: Node): void {
    this.nodes.push(node);
    this.#nodeNames.add(node.name);
  }

  /** A node name that is not taken. */
  freshNodeName(base: string): string {
    return unused(base, this.#nodeNames, this.#counters);
  }

  /** Renames a value among the nodes appended since `since`; false when it was made before. */
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
    this.#expanded.clear();
    this.#taken.add(to);
    return true;
  }

  #baseName(op: string): string {
    const o = this.origin;
    if (!o) return op;
    return o.role === "forward" ? `${o.node}/${op}` : `${o.role}/${o.node}/${op}`;
  }

  // ---- the alphabet ----

  /** A float scalar of the dtype of `like`. */
  scalar(value: number, like: string): string {
    return this.constant(tensor(this.dtype(like), [], [value]));
  }
  /** A scalar of an explicit dtype. */
  scalarOf(dtype: DType, value: number): string {
    return this.constant(tensor(dtype, [], [value]));
  }
  /** A 1-D int64 constant. */
  ints(values: readonly number[]): string {
    return this.constant(int64s(values));
  }

  add(a: string, b: string): string { return this.#elementwise("Add", [a, b]); }
  sub(a: string, b: string): string { return this.#elementwise("Sub", [a, b]); }
  mul(a: string, b: string): string { return this.#elementwise("Mul", [a, b]); }
  div(a: string, b: string): string { return this.#elementwise("Div", [a, b]); }
  neg(a: string): string { return this.#elementwise("Neg", [a]); }
  exp(a: string): string { return this.op("Exp", [a]); }
  log(a: string): string { return this.op("Log", [a]); }
  sqrt(a: string): string { return this.op("Sqrt", [a]); }
  square(a: string): string { return this.mul(a, a); }
  matmul(a: string, b: string): string { return this.op("MatMul", [a, b]); }
  where(condition: string, a: string, b: string): string { return this.#elementwise("Where", [condition, a, b]); }
  less(a: string, b: string): string { return this.op("Less", [a, b]); }
  greater(a: string, b: string): string { return this.op("Greater", [a, b]); }
  equal(a: string, b: string): string { return this.op("Equal", [a, b]); }
  /** `a` times a plain number. */
  scale(a: string, factor: number): string { return factor === 1 ? a : this.mul(a, this.scalar(factor, a)); }
  /** `a` plus a plain number. */
  shift(a: string, term: number): string { return term === 0 ? a : this.add(a, this.scalar(term, a)); }

  cast(a: string, to: DType): string {
    return this.dtype(a) === to ? a : this.op("Cast", [a], { to });
  }
  reshape(a: string, shape: readonly number[]): string {
    return sameShape(this.shape(a), shape) ? a : this.op("Reshape", [a, this.ints(shape)], { allowzero: shape.includes(0) ? 1 : 0 });
  }
  transpose(a: string, perm: readonly number[]): string {
    return perm.every((p, i) => p === i) ? a : this.op("Transpose", [a], { perm });
  }
  /** Swaps the last two axes. */
  swap(a: string): string {
    const r = this.shape(a).length;
    return this.transpose(a, [...Array(r - 2).keys(), r - 1, r - 2]);
  }
  expand(a: string, shape: readonly number[]): string {
    if (sameShape(this.shape(a), shape)) return a;
    const source = this.#expanded.get(a) ?? a;
    const expanded = this.op("Expand", [source, this.ints(shape)]);
    this.#expanded.set(expanded, source);
    return expanded;
  }
  /** An elementwise op on what its inputs were before `expand`: it broadcasts by itself, so that no expanded copy need be made. */
  #elementwise(op: string, inputs: readonly string[]): string {
    const small = inputs.map((v) => this.#expanded.get(v) ?? v);
    if (small.every((v, i) => v === inputs[i])) return this.op(op, inputs);
    const rank = Math.max(...inputs.map((v) => this.shape(v).length));
    const full = Array.from({ length: rank }, (_, i) => inputs.map((v) => this.shape(v)[this.shape(v).length - rank + i] ?? 1).find((d) => d !== 1) ?? 1);
    return this.expand(this.op(op, small), full);
  }
  unsqueeze(a: string, axes: readonly number[]): string {
    return axes.length === 0 ? a : this.op("Unsqueeze", [a, this.ints(axes)]);
  }
  squeeze(a: string, axes: readonly number[]): string {
    return axes.length === 0 ? a : this.op("Squeeze", [a, this.ints(axes)]);
  }
  reduceSum(a: string, axes: readonly number[], keepdims = true): string {
    return this.#reduce("ReduceSum", a, axes, keepdims);
  }
  reduceMean(a: string, axes: readonly number[], keepdims = true): string {
    return this.#reduce("ReduceMean", a, axes, keepdims);
  }
  reduceMax(a: string, axes: readonly number[], keepdims = true): string {
    return this.#reduce("ReduceMax", a, axes, keepdims);
  }
  #reduce(op: string, a: string, axes: readonly number[], keepdims: boolean): string {
    if (axes.length === 0) return a;
    const reduced = (v: string, over: readonly number[]): string => this.op(op, [v, this.ints(over)], { keepdims: keepdims ? 1 : 0 });
    // Over leading and trailing axes around a kept one: the trailing ones first. Runtimes are twice as fast, and float32 sums are exacter.
    const shape = this.shape(a);
    const inner = new Set<number>();
    for (let d = shape.length - 1; d >= 0 && axes.includes(d); d--) inner.add(d);
    const large = (over: readonly number[]): boolean => over.reduce((n, d) => n * shape[d]!, 1) > 1;
    const [first, then] = [axes.filter((d) => inner.has(d)), axes.filter((d) => !inner.has(d))];
    return large(first) && large(then) ? reduced(reduced(a, first), then) : reduced(a, axes);
  }
  concat(parts: readonly string[], axis: number): string {
    return parts.length === 1 ? parts[0]! : this.op("Concat", parts, { axis });
  }
  slice(a: string, starts: readonly number[], ends: readonly number[], axes: readonly number[], steps?: readonly number[]): string {
    const inputs = [a, this.ints(starts), this.ints(ends), this.ints(axes)];
    return this.op("Slice", steps && steps.some((s) => s !== 1) ? [...inputs, this.ints(steps)] : inputs);
  }
  /** Zero (or constant) padding; `begins` and `ends` per axis, negative ones crop. */
  pad(a: string, begins: readonly number[], ends: readonly number[]): string {
    if (begins.every((p) => p === 0) && ends.every((p) => p === 0)) return a;
    return this.op("Pad", [a, this.ints([...begins, ...ends])]);
  }
  split(a: string, sizes: readonly number[], axis: number): readonly string[] {
    return sizes.length === 1 ? [a] : this.ops("Split", [a, this.ints(sizes)], { axis }, { outputs: sizes.length });
  }
  /** A tensor of one repeated value, made at run time (it takes no room in a file). */
  full(value: number, type: ValueType): string {
    if (!type.shape.every((d) => Number.isSafeInteger(d) && d >= 0)) throw new IsogradError("op/input", `no tensor has the shape ${formatShape(type.shape)}`, { fix: "check the sizes that the network is given" });
    if (sizeOf(type.shape) <= 1) return this.constant(tensor(type.dtype, type.shape, new Array<number>(sizeOf(type.shape)).fill(value)));
    return this.op("ConstantOfShape", [this.ints(type.shape)], { value: tensor(type.dtype, [1], [value]) });
  }
  zerosLike(a: string): string {
    return this.full(0, this.type(a));
  }
  onesLike(a: string): string {
    return this.full(1, this.type(a));
  }
  /** Σ of values of one shape; undefined for none. */
  sum(values: readonly string[]): string | undefined {
    return values.length === 0 ? undefined : values.reduce((s, v) => this.add(s, v));
  }
  /** Sums `a` down to `shape`, undoing broadcasting from `shape` to the shape of `a`. */
  unbroadcast(a: string, shape: readonly number[]): string {
    const from = this.shape(a);
    if (sameShape(from, shape)) return a;
    const extra = from.length - shape.length;
    invariant(extra >= 0, `cannot undo broadcasting from ${formatShape(from)} to ${formatShape(shape)}`);
    const axes = from.flatMap((d, i) => (i < extra || (shape[i - extra] === 1 && d !== 1) ? [i] : []));
    const keep = axes.some((i) => i >= extra);
    return this.reshape(this.reduceSum(a, axes, keep), shape);
  }
  /** Expands `a` so that it has exactly `shape`, aligning trailing axes. */
  broadcastTo(a: string, shape: readonly number[]): string {
    return this.expand(a, shape);
  }
  isFloat(a: string): boolean {
    return isFloat(this.dtype(a));
  }
}

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

function trimmed(inputs: readonly string[]): readonly string[] {
  let n = inputs.length;
  while (n > 0 && inputs[n - 1] === "") n--;
  return inputs.slice(0, n);
}

function constantName(t: Tensor): string {
  const values = Array.from(t.data.subarray(0, 6), (v) => (Number.isInteger(v) ? String(v) : v.toPrecision(4))).join("_");
  return `constant/${t.dtype}_${values}${t.data.length > 6 ? "_etc" : ""}`;
}
