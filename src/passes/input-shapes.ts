import type { Graph } from "../graph/graph.js";
import { formatShape } from "../graph/tensor.js";
import type { Tensor } from "../graph/tensor.js";
import { IsogradError, nearest } from "../util/errors.js";

/** The shape of an input as the file declares it: sizes, and names of symbolic dims ("" for one without a name). */
type Declared = readonly (number | string)[] | undefined;
/** The shape of an input that comes with a batch or a fixed value. */
type Given = readonly number[] | undefined;

/** The shape of what an input is fixed to; undefined for a number, which fills any. */
export const givenShape = (v: number | Tensor | undefined): readonly number[] | undefined => (typeof v === "object" ? v.shape : undefined);

/** Error `bind/dim`: a name among `given` that is no symbolic dim of an input. */
export function refuseUnknownDims(graph: Graph, given: readonly string[]): void {
  const known = graph.inputs.flatMap(({ name, shape }) =>
    (shape ?? []).flatMap((d, i) => (typeof d === "number" ? [] : [d === "" ? `${name}.${i}` : d])),
  );
  for (const name of given) {
    if (known.includes(name)) continue;
    const near = nearest(name, known);
    throw new IsogradError("bind/dim", `the network has no free dim "${name}"`, {
      expected: known.join(", ") || "no free dims",
      ...(near ? { fix: `did you mean "${near}"?` } : {}),
    });
  }
}

/** Binds the symbolic dims of a declared shape to the sizes of a given one, in `dims`. Error `bind/input`: the shapes do not fit. */
export function unify(name: string, declared: Declared, given: Given, dims: Map<string, number>): void {
  if (!declared || !given) return;
  const clash = (why: string): never => {
    throw new IsogradError("bind/input", `the input "${name}" ${why}`, {
      expected: formatShape(declared),
      received: formatShape(given),
      fix: "give the batch the shape that the network was exported for",
    });
  };
  if (declared.length !== given.length) clash("has another rank");
  declared.forEach((d, i) => {
    const size = given[i]!;
    if (typeof d === "number") {
      if (d !== size) clash(`has another size in dim ${i}`);
    } else if (d !== "") {
      const known = dims.get(d);
      if (known === undefined) dims.set(d, size);
      else if (known !== size) clash(`gives the dim "${d}" the size ${size}, which is ${known} elsewhere`);
    }
  });
}

/** The shape of an input: the given one, else the declared one with the sizes of its symbolic dims. Errors `bind/input`, `bind/dim`: a size is not known. */
export function inputShape(name: string, declared: Declared, given: Given, dims: ReadonlyMap<string, number>): readonly number[] {
  if (given) return given;
  if (!declared) throw new IsogradError("bind/input", `the input "${name}" has no declared shape`, { fix: "give a batch with this input" });
  return declared.map((d, i) => {
    if (typeof d === "number") return d;
    const size = dims.get(d === "" ? `${name}.${i}` : d);
    if (size === undefined) {
      const label = d === "" ? `${name}.${i}` : d;
      throw new IsogradError("bind/dim", `the dim "${label}" of the input "${name}" is free`, {
        fix: `bind it, for example with --bind ${label}=1, or give a batch with this input`,
      });
    }
    return size;
  });
}
