import { GraphBuilder } from "../graph/builder.js";
import type { Node } from "../graph/graph.js";
import { bytesOf, formatShape, isFloat, sizeOf, stored } from "../graph/tensor.js";
import type { Tensor, ValueType } from "../graph/tensor.js";
import { TYPING, evaluateNode, foldFromTypes, traitsOf } from "../ops/registry.js";
import { IsogradError, refuseBytes } from "../util/errors.js";

/** The most elements of a folded value; nodes with larger outputs stay in the graph. */
const FOLD_LIMIT = 1 << 20;
/** The same for costly ops: shape arithmetic needs none of them. */
const COSTLY_LIMIT = 1 << 12;

/**
 * The builder that `bind` appends to. It folds constants while they are appended, and it evaluates the values that shape
 * inference needs.
 */
export class BindingBuilder extends GraphBuilder {
  /** Float values that depend on a parameter: they are never folded. */
  readonly tainted: Set<string> = new Set();
  readonly #producer = new Map<string, Node>();
  readonly #lazy = new Map<string, Tensor | undefined>();

  constructor(
    private readonly maxNodes: number,
    private readonly maxBytes: number,
  ) {
    super(TYPING);
  }

  /** The input for the number of the step, once something is drawn by it. */
  stepInput: string | undefined;

  /** Makes masks and noise depend on the number of the step of training. */
  drawEachStep(): void {
    this.step = () => (this.stepInput ??= this.input(this.fresh("step"), { dtype: "int64", shape: [] }));
  }

  override constantOf(name: string): Tensor | undefined {
    const own = this.initializers.get(name);
    if (own) return own;
    if (this.#lazy.has(name)) return this.#lazy.get(name);
    this.#lazy.set(name, undefined);
    const node = this.#producer.get(name);
    if (!node || sizeOf(this.shape(name)) > 4096) return undefined;
    const inputs = node.inputs.map((i) => (i === "" ? undefined : this.constantOf(i)));
    if (node.inputs.some((v, i) => v !== "" && !inputs[i])) return undefined;
    const values = evaluateNode(
      node,
      inputs,
      node.outputs.map((o) => this.types.get(o) ?? { dtype: "float32", shape: [] }),
    );
    node.outputs.forEach((o, i) => this.#lazy.set(o, values[i]));
    return this.#lazy.get(name);
  }

  protected override commit(node: Node): void {
    if (this.nodes.length >= this.maxNodes) {
      throw new IsogradError("memory/limit", `the network has, or unrolls to, more than ${this.maxNodes} nodes`, {
        fix: "bind a shorter sequence, or give Node.js more memory with NODE_OPTIONS=--max-old-space-size=MiB",
      });
    }
    for (const o of node.outputs) {
      const t = this.types.get(o);
      if (o !== "" && t && bytesOf(t) > this.maxBytes)
        refuseBytes(`the value "${o}" of the shape ${formatShape(t.shape)} would take`, bytesOf(t), this.maxBytes);
    }
    const folded = this.#fold(node);
    if (folded) {
      node.outputs.forEach((o, i) => {
        if (o !== "") this.initializer(o, folded[i]!);
      });
      return;
    }
    super.commit(node);
    const taint = node.inputs.some((v) => this.tainted.has(v));
    for (const o of node.outputs) {
      if (o === "") continue;
      this.#producer.set(o, node);
      if (taint && isFloat(this.dtype(o))) this.tainted.add(o);
    }
  }

  override rename(from: string, to: string, since: number): boolean {
    if (!super.rename(from, to, since)) return false;
    const swap = (v: string): string => (v === from ? to : v);
    const node = this.#producer.get(from)!;
    this.#producer.delete(from);
    this.#producer.set(to, { ...node, outputs: node.outputs.map(swap) });
    if (this.tainted.delete(from)) this.tainted.add(to);
    return true;
  }

  #fold(node: Node): readonly Tensor[] | undefined {
    const outTypes = node.outputs.map((o): ValueType => this.types.get(o) ?? { dtype: "float32", shape: [] });
    const limit = traitsOf(node).costly ? COSTLY_LIMIT : FOLD_LIMIT;
    if (outTypes.some((t) => sizeOf(t.shape) > limit)) return undefined;
    const types = node.inputs.map((v) => (v === "" ? undefined : this.type(v)));
    const free = foldFromTypes(node, types, (v) => this.constantOf(v));
    if (free) return free;
    const floatOut = outTypes.some((t) => isFloat(t.dtype));
    if (floatOut && node.inputs.some((v) => this.tainted.has(v))) return undefined;
    const inputs = node.inputs.map((v) => (v === "" ? undefined : floatOut ? this.initializers.get(v) : this.constantOf(v)));
    if (node.inputs.some((v, i) => v !== "" && !inputs[i])) return undefined;
    return evaluateNode(node, inputs, outTypes).map(stored);
  }
}
