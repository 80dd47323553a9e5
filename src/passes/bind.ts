import type { Graph, Model, Node, NodeNote } from "../graph/graph.js";
import { formatShape, isFloat, sizeOf } from "../graph/tensor.js";
import type { Tensor, ValueType } from "../graph/tensor.js";
import { checkAttrs } from "../ops/attrs.js";
import { isPrimitive } from "../ops/op.js";
import { passesGradient, opOf } from "../ops/registry.js";
import { defined } from "../util/defined.js";
import { IsogradError, nearest } from "../util/errors.js";
import { batchNormOf, inMode } from "./batch-norms.js";
import type { BatchNorm } from "./batch-norms.js";
import { BindingBuilder } from "./binding-builder.js";
import { toFloat64, widened } from "./float64.js";
import { filled } from "./filled.js";
import { givenShape, inputShape, refuseUnknownDims, unify } from "./input-shapes.js";
import { withExpectedMasks } from "./masks.js";
import { orderedNodes } from "./order.js";
import { withSettableInputs } from "./set-advice.js";
import { checkSequences, gradientTargets } from "./sequences.js";
import type { GradientEdge } from "./sequences.js";
import { refuseUnknownOutputs, refuseUnsupported } from "./support.js";

/** Options of `bind`: how every shape of a network is made concrete. */
export interface BindOptions {
  /** Sizes of symbolic dims by name. */
  readonly dims?: Readonly<Record<string, number>>;
  /** Shapes of inputs by name, for example those of a batch: they bind the symbolic dims of these inputs. */
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
  /** Inputs, or outputs of nodes, that are fixed to a constant; a number fills the whole shape. */
  readonly set?: Readonly<Record<string, number | Tensor>>;
  /** Names of the outputs to keep (default: all). */
  readonly outputs?: readonly string[];
  /** Seed of the dropout masks; without it dropout is the identity. */
  readonly dropoutSeed?: number;
  /** Draws masks and noise anew in every step of training, from the seed and the number of the step, which becomes an input (default: once). */
  readonly drawEachStep?: boolean;
  /** Runs every BatchNormalization with the statistics of the batch; those of one value per channel, which has no spread, stay as the file has them. */
  readonly trainNorm?: boolean;
  /** `float64` turns every float32 tensor of the network into float64. */
  readonly dtype?: "float32" | "float64";
  /** The most nodes that the network may have after its loops are unrolled (default 500,000). */
  readonly maxNodes?: number;
  /** The most bytes that one value may take (default: no limit). A larger one is refused before anything is allocated for it. */
  readonly maxBytes?: number;
}

/** A float tensor of the file that may turn out to be a parameter. */
export interface Candidate {
  /** The tensor as the file stores it (float64 where `BindOptions.dtype` says so). */
  readonly value: Tensor;
  /** Whether it comes from a Constant node rather than from an initializer. */
  readonly constant: boolean;
}

/** A network with concrete shapes, composite ops decomposed and constants folded. */
export interface Bound {
  readonly graph: Graph;
  readonly model: Model;
  /** Returns the name that a value of the file has in the bound graph. */
  valueOf(fileName: string): string | undefined;
  /** Tensors that may be parameters, by their names in the bound graph: float initializers, and float Constants of at least two elements. */
  readonly candidates: ReadonlyMap<string, Candidate>;
  /** The differentiable edges between values of the file, as they are before decomposition. */
  readonly gradientEdges: readonly GradientEdge[];
  /** The size, in elements, that each symbolic dim was bound to. */
  readonly dims: ReadonlyMap<string, number>;
  /** The BatchNormalizations of the file that run, in their order. Those of a loop's body come once for each iteration. */
  readonly batchNorms: readonly BatchNorm[];
  /** The input for the number of the step, an int64 of shape []; undefined where nothing is drawn in each. */
  readonly stepInput?: string;
  /** What the exporter noted of the file's nodes, by the names that `Origin` gives them. */
  readonly notes: ReadonlyMap<string, NodeNote>;
}

const NOTHING: ReadonlyMap<string, number | Tensor> = new Map();

/** The most nodes that unrolling visits. Folded ones add nothing to the graph, but they take time. */
const WALK_LIMIT = 500_000;
/**
 * Binds symbolic dims, infers every type, decomposes composite ops, inlines control flow (If, Loop, Scan), and folds constants:
 * nodes that depend on no parameter and no input. One pass, linear in the number of nodes. Errors name the node: `bind/dim`,
 * `bind/input`, `op/…`, `graph/invalid`, `memory/limit`.
 */
export function bind(model: Model, options: BindOptions = {}): Bound {
  try {
    return new Binder(model, options).run();
  } catch (error) {
    throw error instanceof IsogradError ? error.within(model.name) : error;
  }
}

class Binder {
  readonly #b: BindingBuilder;
  readonly #gradientEdges: GradientEdge[] = [];
  readonly #dims = new Map<string, number>();
  readonly #candidates = new Map<string, Candidate>();
  readonly #batchNorms: BatchNorm[] = [];
  readonly #notes = new Map<string, NodeNote>();
  /** Names of the initializers of each subgraph in the bound graph. The iterations of a loop share the weights of its body. */
  readonly #given = new Map<Graph, ReadonlyMap<string, string>>();
  readonly #graph: Graph;
  /** Outputs of top-level nodes that `set` replaces by constants. */
  readonly #fixed = new Map<string, number | Tensor>();
  /** Number of nodes visited so far; those of a loop body count once for each iteration. */
  #walked = 0;

  constructor(
    private readonly model: Model,
    private readonly options: BindOptions,
  ) {
    this.#b = new BindingBuilder(options.maxNodes ?? 500_000, options.maxBytes ?? Infinity);
    const graph = options.dtype === "float64" ? toFloat64(model.graph) : model.graph;
    this.#graph = options.dropoutSeed === undefined ? withExpectedMasks(graph) : graph;
    for (const [name, size] of Object.entries(options.dims ?? {})) this.#dims.set(name, size);
  }

  run(): Bound {
    const b = this.#b;
    b.dropoutSeed = this.options.dropoutSeed;
    if (this.options.drawEachStep === true) b.drawEachStep();
    const outputs = this.options.outputs ?? this.#graph.outputs;
    refuseUnknownOutputs(this.#graph, outputs);
    const scope = new Map<string, string>([["", ""]]);
    this.#inputs(scope);
    this.#initializers(this.#graph, scope, (v) => v);
    b.reserve(this.#graph.nodes.flatMap((n) => n.outputs));
    try {
      this.#walk(this.#graph, outputs, scope, (v) => v);
    } catch (error) {
      throw withSettableInputs(error, b);
    }
    const valueOf = (v: string): string | undefined => scope.get(v);
    for (const out of outputs) {
      const value = valueOf(out)!;
      if (b.sequences.has(value))
        throw new IsogradError("op/unsupported", `the output "${out}" is a sequence`, { fix: "choose outputs that are tensors" });
      b.outputs.push(value);
    }
    return {
      graph: b.build(this.#graph.name),
      model: this.model,
      valueOf,
      candidates: this.#candidates,
      gradientEdges: this.#gradientEdges,
      dims: this.#dims,
      batchNorms: this.#batchNorms,
      notes: this.#notes,
      ...defined({ stepInput: b.stepInput }),
    };
  }

  #inputs(scope: Map<string, string>): void {
    const set = new Map(Object.entries(this.options.set ?? {}));
    const shapes = new Map(Object.entries(this.options.shapes ?? {}));
    const names = this.#graph.inputs.map((i) => i.name);
    const made = new Set(this.#graph.nodes.flatMap((n) => n.outputs));
    for (const given of [...set.keys(), ...shapes.keys()]) {
      if (names.includes(given)) continue;
      if (set.has(given) && made.has(given)) {
        this.#fixed.set(given, set.get(given)!);
        continue;
      }
      const near = nearest(given, names);
      throw new IsogradError("bind/input", `the network has no input "${given}"`, {
        expected: names.join(", "),
        ...(near ? { fix: `did you mean "${near}"?` } : {}),
      });
    }
    refuseUnknownDims(this.#graph, Object.keys(this.options.dims ?? {}));
    const given = (name: string): readonly number[] | undefined => shapes.get(name) ?? givenShape(set.get(name));
    for (const input of this.#graph.inputs) unify(input.name, input.shape, given(input.name), this.#dims);
    for (const input of this.#graph.inputs) {
      const shape = inputShape(input.name, input.shape, given(input.name), this.#dims);
      if (!Number.isSafeInteger(sizeOf(shape)))
        throw new IsogradError("bind/input", `the input "${input.name}" would have more elements than any machine holds`, {
          received: formatShape(shape),
        });
      const fixed = set.get(input.name);
      if (fixed === undefined) this.#b.input(input.name, { dtype: input.dtype, shape });
      else
        this.#b.initializer(
          input.name,
          typeof fixed === "number" ? filled(input, shape, fixed) : this.options.dtype === "float64" ? widened(fixed) : fixed,
        );
      scope.set(input.name, input.name);
    }
  }

  #initializers(graph: Graph, scope: Map<string, string>, rename: (v: string) => string): void {
    let given = this.#given.get(graph);
    if (!given) {
      given = new Map([...graph.initializers.keys()].map((file) => [file, rename(file)]));
      this.#given.set(graph, given);
      for (const [file, value] of graph.initializers) {
        const name = given.get(file)!;
        const constant = graph.constants.has(file);
        this.#b.initializer(name, value, constant);
        if (isFloat(value.dtype) && (!constant || value.data.length > 1)) {
          this.#b.tainted.add(name);
          this.#candidates.set(name, { value, constant });
        }
      }
    }
    for (const [file, name] of given) scope.set(file, name);
  }

  #walk(graph: Graph, outputs: readonly string[], scope: Map<string, string>, rename: (v: string) => string): void {
    const nodes = orderedNodes(graph, outputs, (v) => scope.has(v));
    this.#walked += 1 + nodes.length;
    if (this.#walked > WALK_LIMIT && graph !== this.#graph) {
      throw new IsogradError("op/unsupported", `loops unroll to more than ${WALK_LIMIT} nodes`, {
        fix: "bind a shorter sequence, or export the network without nested loops",
      });
    }
    refuseUnsupported(nodes);
    const fixed = graph === this.#graph ? this.#fixed : NOTHING;
    for (const node of nodes) this.#node(node, scope, rename, fixed);
  }

  #node(file: Node, scope: Map<string, string>, rename: (v: string) => string, fixed: ReadonlyMap<string, number | Tensor>): void {
    const b = this.#b;
    const op = opOf(file);
    checkAttrs(file, op.attrs);
    for (const v of file.inputs) {
      if (b.types.get(scope.get(v)!)?.dtype === "string")
        throw new IsogradError("op/unsupported", `${file.op} takes the strings of "${v}", and strings are not supported`, { at: [file.name] });
    }
    checkSequences(file, op, b, (v) => scope.get(v)!);
    const outputs = file.outputs.map((o) => (o === "" ? "" : rename(o)));
    const stored: Node = { ...file, name: b.freshNodeName(file.name), inputs: file.inputs.map((v) => scope.get(v)!), outputs };
    if (stored.note) this.#notes.set(stored.name, stored.note);
    const norm = batchNormOf(stored, b, this.options.trainNorm);
    if (norm) this.#batchNorms.push(norm);
    const node = norm ? inMode(stored, norm) : stored;
    const [start, firstEdge] = [b.nodes.length, this.#gradientEdges.length];
    const composite = !isPrimitive(op);
    const outer = b.inline;
    const bodies: string[] = [];
    if (composite) {
      b.inline = (graph, args) => {
        const values = this.#inline(graph, args, scope);
        bodies.push(...values);
        return values;
      };
    }
    const made = b.append(composite ? { ...node, origin: { node: node.name, op: node.op, role: "forward" } } : node);
    b.inline = outer;
    file.outputs.forEach((o, i) => {
      if (o === "") return;
      const actual = made[i]!;
      const wanted = outputs[i]!;
      const renamed = actual !== wanted && !b.types.has(wanted) && b.rename(actual, wanted, start);
      scope.set(o, fixed.has(o) ? this.#constant(o, b.types.get(renamed ? wanted : actual), fixed.get(o)!) : renamed ? wanted : actual);
      if (renamed) this.#renameEdges(firstEdge, actual, wanted);
    });
    const to = gradientTargets(
      b,
      node.inputs,
      file.outputs.flatMap((o) => (o === "" || fixed.has(o) ? [] : [scope.get(o)!])),
    );
    if (to.length === 0) return;
    // The results of an inlined body reach the outputs of the node that owns it, as the inputs of that node do.
    for (const from of bodies) if (b.types.has(from) && b.isFloat(from)) this.#gradientEdges.push({ from, to });
    node.inputs.forEach((input, i) => {
      if (input === "") return;
      for (const from of b.sequences.get(input) ?? [input])
        if (passesGradient(node, i, () => b.types.get(from))) this.#gradientEdges.push({ from, to });
    });
  }

  /** Adds the constant that a value of the file was fixed to. */
  #constant(name: string, type: ValueType | undefined, value: number | Tensor): string {
    if (!type || typeof value !== "number") throw new IsogradError("bind/input", `the value "${name}" cannot be fixed to one number`);
    return this.#b.constant(filled({ name, dtype: type.dtype }, type.shape, value));
  }

  /** Renames a value in the edges from index `since` on: an inlined body recorded them under the old name. */
  #renameEdges(since: number, from: string, to: string): void {
    const swap = (v: string): string => (v === from ? to : v);
    for (let i = since; i < this.#gradientEdges.length; i++)
      this.#gradientEdges[i] = { from: swap(this.#gradientEdges[i]!.from), to: this.#gradientEdges[i]!.to.map(swap) };
  }

  #inline(graph: Graph, args: readonly string[], outer: Map<string, string>): readonly string[] {
    const scope = new Map(outer);
    const local = new Map<string, string>();
    const rename = (v: string): string => {
      let name = local.get(v);
      if (name === undefined) local.set(v, (name = this.#b.fresh(v)));
      return name;
    };
    graph.inputs.forEach((input, i) => {
      if (args[i] !== undefined) scope.set(input.name, args[i]);
    });
    this.#initializers(graph, scope, rename);
    this.#walk(graph, graph.outputs, scope, rename);
    return graph.outputs.map((o) => scope.get(o)!);
  }
}
