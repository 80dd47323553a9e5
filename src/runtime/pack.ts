import type { Graph, Node } from "../graph/graph.js";
import { int64s, sizeOf } from "../graph/tensor.js";
import type { Tensor, ValueType } from "../graph/tensor.js";

/** The most elements of an output that is packed. Copying a larger one costs more than fetching one more tensor. */
const SMALL = 4096;

/** The position of an output in a packed vector; `offset` in elements. */
export interface Part {
  readonly output: string;
  readonly offset: number;
  readonly type: ValueType;
}

/** A graph whose small outputs are packed, and its nodes in groups. */
export interface Packing {
  readonly graph: Graph;
  readonly groups: readonly (readonly Node[])[];
  /** The outputs in each packed vector, by the vector's name; other outputs keep their names. */
  readonly parts: ReadonlyMap<string, readonly Part[]>;
}

/**
 * Concatenates the small float outputs of every group of nodes into one vector. To fetch a tensor from a runtime costs more than most probes
 * take to compute. Groups of equal structure stay equal. Outputs in `alone` stay by themselves.
 */
export function packed(graph: Graph, groups: readonly (readonly Node[])[], alone: ReadonlySet<string> = new Set()): Packing {
  const outputs = new Set(graph.outputs.filter((o) => !alone.has(o)));
  const home = new Map<string, number>();
  groups.forEach((g, i) => g.forEach((n) => n.outputs.forEach((o) => home.set(o, i))));
  groups.forEach((g, i) => {
    // An output that another group reads is fetched by itself in any case.
    for (const n of g) for (const v of n.inputs) if (home.get(v) !== i) outputs.delete(v);
  });
  const [types, initializers, constants] = [new Map(graph.types), new Map(graph.initializers), new Set(graph.constants)];
  const parts = new Map<string, readonly Part[]>();
  const packedAway = new Set<string>();
  const flat = "packed/flat";
  const vector = int64s([-1]);
  const result = groups.map((nodes, i) => {
    const byType = new Map<string, string[]>();
    for (const n of nodes) {
      for (const o of n.outputs) {
        const type = graph.types.get(o);
        if (
          !type ||
          !outputs.has(o) ||
          (type.dtype !== "float32" && type.dtype !== "float64") ||
          sizeOf(type.shape) === 0 ||
          sizeOf(type.shape) > SMALL
        )
          continue;
        const list = byType.get(type.dtype);
        if (list) list.push(o);
        else byType.set(type.dtype, [o]);
      }
    }
    const added: Node[] = [];
    for (const [dtype, members] of byType) {
      if (members.length < 2) continue;
      let offset = 0;
      const name = `packed/${i}/${dtype}`;
      const inputs = members.map((o) => {
        const type = graph.types.get(o)!;
        if (type.shape.length === 1) return o;
        initializers.set(flat, vector);
        constants.add(flat);
        types.set(flat, { dtype: "int64", shape: vector.shape });
        const reshaped = `packed/${o}`;
        types.set(reshaped, { dtype: type.dtype, shape: [sizeOf(type.shape)] });
        added.push({ op: "Reshape", domain: "", name: reshaped, inputs: [o, flat], outputs: [reshaped], attrs: {} });
        return reshaped;
      });
      parts.set(
        name,
        members.map((output) => {
          const type = graph.types.get(output)!;
          const part = { output, offset, type };
          offset += sizeOf(type.shape);
          packedAway.add(output);
          return part;
        }),
      );
      types.set(name, { dtype: graph.types.get(members[0]!)!.dtype, shape: [offset] });
      added.push({ op: "Concat", domain: "", name, inputs, outputs: [name], attrs: { axis: 0 } });
    }
    return added.length === 0 ? nodes : [...nodes, ...added];
  });
  if (parts.size === 0) return { graph, groups, parts };
  const left = [...graph.outputs.filter((o) => !packedAway.has(o)), ...parts.keys()];
  return { graph: { ...graph, outputs: left, types, initializers, constants }, groups: result, parts };
}

/**
 * Returns the outputs under their own names; packed ones are views into the vectors. With `rows` every value has so many of them along a new first axis, and
 * what was packed is copied.
 */
export function unpacked(parts: Packing["parts"], values: ReadonlyMap<string, Tensor>, rows?: number): Map<string, Tensor> {
  const result = new Map(values);
  for (const [name, list] of parts) {
    const { data } = values.get(name)!;
    result.delete(name);
    for (const { output, offset, type } of list) {
      const size = sizeOf(type.shape);
      if (rows === undefined) {
        result.set(output, { dtype: type.dtype, shape: type.shape, data: data.subarray(offset, offset + size) });
        continue;
      }
      const [own, width] = [data.slice(0, rows * size), data.length / rows];
      for (let r = 0; r < rows; r++) own.set(data.subarray(r * width + offset, r * width + offset + size), r * size);
      result.set(output, { dtype: type.dtype, shape: [rows, ...type.shape], data: own });
    }
  }
  return result;
}
