import type { Graph, Model } from "../graph/graph.js";
import { isFloat, sizeOf, tensor } from "../graph/tensor.js";
import type { Tensor, ValueType } from "../graph/tensor.js";
import { bind } from "../passes/bind.js";
import type { BindOptions, Bound } from "../passes/bind.js";
import { traitsOf } from "../ops/registry.js";
import { IsogradError } from "../util/errors.js";
import { inflect } from "../util/format.js";
import { stream } from "../util/random.js";

/** Size of a symbolic axis 0, in examples, and the sizes that are tried for other symbolic dims, in elements. */
const FREE = { batch: 16, others: [64, 512, 224, 32, 160] } as const;

/** A choice that was made for the user; reports show it. */
export interface Choice {
  readonly what: string;
  readonly value: string;
}

/** A network that was bound without a batch, and the choices of sizes and constants that were made for it. */
export interface FreeBinding {
  readonly bound: Bound;
  readonly choices: readonly Choice[];
  /** Inputs that are fixed: those that were asked for, and integer scalars. */
  readonly set: Readonly<Record<string, number | Tensor>>;
}

/** Names dims that are free: "free dims a, b". */
const dimsOf = (labels: readonly string[]): string => `${inflect(labels.length, "free dim")} ${labels.join(", ")}`;

/**
 * Binds a network without a batch. A symbolic axis 0 gets size 16, and all other symbolic dims the first of 64, 512, 224, 32, 160 for which shape
 * inference succeeds. Where it never does, some of the others are taken for batch axes too: the state of a recurrent network may have its batch on
 * another axis. An integer scalar gets the first constant that it is compared with, else 1. Errors: those of `bind` at the first size tried.
 */
export function bindFreely(model: Model, options: BindOptions): FreeBinding {
  const choices: Choice[] = [];
  const set: Record<string, number | Tensor> = { ...options.set };
  for (const input of model.graph.inputs) {
    if (set[input.name] !== undefined || isFloat(input.dtype) || input.dtype === "bool" || (input.shape ?? [0]).length > 0) continue;
    const value = comparedWith(model.graph, input.name) ?? 1;
    set[input.name] = value;
    choices.push({ what: `input ${input.name}`, value: String(value) });
  }
  const given = options.dims ?? {};
  const free = freeDims(model, { ...options, set }).filter((d) => given[d.label] === undefined);
  const leading = new Set(free.filter((d) => d.axis === 0).map((d) => d.label));
  const others = [...new Set(free.filter((d) => !leading.has(d.label)).map((d) => d.label))];
  let first: unknown;
  for (const { size, batch } of attempts(others, PATIENCE / (1 + model.graph.nodes.length))) {
    const dims = new Map(Object.entries(given));
    const sixteen = [...leading, ...batch];
    const rest = others.filter((label) => !batch.includes(label));
    for (const label of sixteen) dims.set(label, FREE.batch);
    for (const label of rest) dims.set(label, size);
    try {
      const bound = bind(model, { ...options, set, dims: Object.fromEntries(dims) });
      if (sixteen.length > 0) choices.push({ what: dimsOf(sixteen), value: String(FREE.batch) });
      if (rest.length > 0) choices.push({ what: dimsOf(rest), value: String(size) });
      return { bound, choices, set };
    } catch (error) {
      if (!(error instanceof IsogradError) || error.code === "op/unsupported" || error.code === "graph/invalid" || error.code === "memory/limit")
        throw error;
      first ??= error;
    }
  }
  throw first;
}

/** The most symbolic dims of which every subset is tried as batch axes. */
const SUBSETS_OF = 3;
/** The most nodes that are bound in these attempts together. */
const PATIENCE = 100_000;

/** Returns the sizes to try for symbolic dims other than axis 0, in order: one size for all, then some of them as batch axes. */
function attempts(others: readonly string[], most: number): readonly { readonly size: number; readonly batch: readonly string[] }[] {
  if (others.length === 0) return [{ size: 0, batch: [] }];
  const tried =
    others.length > SUBSETS_OF ? [] : Array.from({ length: 2 ** others.length - 1 }, (_, k) => others.filter((_o, i) => ((k + 1) >> i) & 1));
  return [
    ...FREE.others.map((size) => ({ size, batch: [] })),
    ...tried
      .flatMap((batch) => (batch.length === others.length ? [{ size: 0, batch }] : FREE.others.map((size) => ({ size, batch }))))
      .slice(0, most),
  ];
}

interface FreeDim {
  readonly label: string;
  readonly axis: number;
}

/** Returns the symbolic dims of the inputs, with the axis on which each occurs. */
function freeDims(model: Model, options: BindOptions): readonly FreeDim[] {
  return model.graph.inputs.flatMap((input) => {
    // An input that is fixed to a tensor has a shape; one that is fixed to a number still needs one.
    if (typeof options.set?.[input.name] === "object" || options.shapes?.[input.name]) return [];
    if (!input.shape) {
      throw new IsogradError("bind/input", `the input "${input.name}" has no declared shape`, {
        at: [model.name],
        fix: "give a batch with this input",
      });
    }
    return input.shape.flatMap((d, axis) => (typeof d === "number" ? [] : [{ label: d === "" ? `${input.name}.${axis}` : d, axis }]));
  });
}

/** Returns the first constant that an integer scalar is compared with. */
function comparedWith(graph: Graph, name: string): number | undefined {
  const aliases = new Set([name]);
  for (const node of graph.nodes) {
    const { moves, casts, compares } = traitsOf(node);
    const same = casts === true || moves === "rearranges" || moves === "repeats";
    if (same && aliases.has(node.inputs[0] ?? "")) aliases.add(node.outputs[0]!);
    if (!compares) continue;
    const other = node.inputs.find((v) => !aliases.has(v));
    const constant = other === undefined ? undefined : graph.initializers.get(other);
    if (node.inputs.some((v) => aliases.has(v)) && constant?.data.length === 1) return constant.data[0];
  }
  return undefined;
}

/**
 * Draws every input of a bound graph: floats from N(0, 1), and integers that index a table (Gather) uniformly from its rows. Other
 * integers and bools are 1.
 */
export function drawInputs(graph: Graph, seed: number): { readonly tensors: Map<string, Tensor>; readonly choices: readonly Choice[] } {
  const rows = tableRows(graph);
  const tensors = new Map<string, Tensor>();
  const choices: Choice[] = [];
  for (const { name } of graph.inputs) {
    const type = graph.types.get(name)!;
    const limit = rows.get(name);
    tensors.set(name, draw(type, seed, name, limit));
    const how = isFloat(type.dtype) ? "N(0, 1)" : limit === undefined ? "1" : `uniform below ${limit}`;
    choices.push({ what: `input ${name}`, value: `${type.dtype}[${type.shape.join(", ")}], ${how}, seed ${seed}` });
  }
  return { tensors, choices };
}

function draw(type: ValueType, seed: number, name: string, limit: number | undefined): Tensor {
  const random = stream(seed, `input/${name}`);
  const value = isFloat(type.dtype)
    ? (i: number) => random.normal(i)
    : (i: number) => (limit === undefined ? 1 : Math.floor(random.uniform(i) * limit));
  return tensor(
    type.dtype,
    type.shape,
    Float64Array.from({ length: sizeOf(type.shape) }, (_, i) => value(i)),
  );
}

/** Returns, for each integer input that indexes tables, possibly moved, cast or clamped on the way, the rows of the smallest table. */
export function tableRows(graph: Graph): ReadonlyMap<string, number> {
  const source = new Map(graph.inputs.map((i) => [i.name, i.name]));
  const rows = new Map<string, number>();
  for (const node of graph.nodes) {
    const [first, second] = node.inputs;
    const { moves, casts, clamps, lookup } = traitsOf(node);
    const indicesStay = moves !== undefined || casts === true || clamps === true;
    if (indicesStay && first !== undefined && source.has(first)) source.set(node.outputs[0]!, source.get(first)!);
    if (lookup !== "axis" || second === undefined || !source.has(second)) continue;
    const data = graph.types.get(first!)!;
    const axis = (node.attrs["axis"] as number | undefined) ?? 0;
    const input = source.get(second)!;
    const size = data.shape[axis < 0 ? axis + data.shape.length : axis]!;
    rows.set(input, Math.min(size, rows.get(input) ?? Infinity));
  }
  return rows;
}
