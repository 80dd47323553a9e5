import type { Model } from "../graph/graph.js";
import { bind } from "./bind.js";
import type { BindOptions, Bound } from "./bind.js";

/** Returns the number of examples that a network's file fixes; undefined where it leaves it open. `inputs` are the names of those that have a row for each example. */
export function fixedBatch(model: Model, inputs: readonly string[]): number | undefined {
  const sizes = model.graph.inputs.filter((i) => inputs.includes(i.name)).map((i) => i.shape?.[0]);
  return sizes.find((d) => typeof d === "number");
}

/**
 * Returns the network with an open number of examples, where every use of it allows that: bound for two and for three, each value either has the same shape, or is longer along one axis in
 * that proportion, and the output along its first. Undefined elsewhere: a file may have the number in the shapes of its Reshapes.
 */
export function withFreeBatch(model: Model, inputs: readonly string[], options: BindOptions): Model | undefined {
  const graph = {
    ...model.graph,
    inputs: model.graph.inputs.map((i) => (inputs.includes(i.name) && i.shape ? { ...i, shape: ["", ...i.shape.slice(1)] } : i)),
  };
  const free = { ...model, graph };
  const boundFor = (n: number): Bound | undefined => {
    const shapes = graph.inputs.flatMap((i) => {
      const rest = i.shape?.slice(1) ?? [];
      return inputs.includes(i.name) && rest.every((d) => typeof d === "number") ? [[i.name, [n, ...rest]] as const] : [];
    });
    try {
      return bind(free, { ...options, shapes: Object.fromEntries(shapes) });
    } catch {
      return undefined;
    }
  };
  const [two, three] = [boundFor(2), boundFor(3)];
  if (!two || !three) return undefined;
  const grows = (a: readonly number[], b: readonly number[]): boolean => {
    const other = a.flatMap((d, i) => (d === b[i] ? [] : [i]));
    return a.length === b.length && other.length <= 1 && other.every((i) => 3 * a[i]! === 2 * b[i]!);
  };
  for (const [name, { shape }] of two.graph.types) {
    const own = three.graph.types.get(name);
    if (own && !grows(shape, own.shape)) return undefined;
  }
  const first = (bound: Bound): number | undefined => bound.graph.types.get(bound.graph.outputs[0]!)?.shape[0];
  return first(two) === 2 && first(three) === 3 ? free : undefined;
}
