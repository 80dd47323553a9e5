import type { GraphBuilder } from "../../graph/builder.js";
import { formatType, sizeOf, stridesOf } from "../../graph/tensor.js";
import type { Tensor, ValueType } from "../../graph/tensor.js";
import type { AttrSpec, Cotangents, EvalContext, InferContext, VjpContext } from "../op.js";
import { result } from "./elementwise.js";
import { indexWithin } from "./indexing.js";

export type ScatterPorts = "data" | "indices" | "updates";

/** The attribute that says what happens to an element which updates meet. */
export const reduction: AttrSpec = { kind: "string", default: "none", oneOf: ["none", "add", "mul", "max", "min"] };

const COMBINE: Record<string, (old: number, update: number) => number> = {
  none: (_, u) => u,
  add: (x, u) => x + u,
  mul: (x, u) => x * u,
  max: Math.max,
  min: Math.min,
};

/** Returns for each element of an index tensor of GatherElements or ScatterElements the flat index of the element of `shape` it names. */
export function elementTargets(indices: Tensor, shape: readonly number[], axis: number, where: string): Int32Array {
  const strides = stridesOf(shape);
  const targets = new Int32Array(indices.data.length);
  const counter = new Array<number>(shape.length).fill(0);
  let at = 0;
  for (let i = 0; i < targets.length; i++) {
    targets[i] = at + (indexWithin(indices.data[i]!, shape[axis]!, where) - counter[axis]!) * strides[axis]!;
    for (let d = shape.length - 1; d >= 0; d--) {
      at += strides[d]!;
      if (++counter[d]! < indices.shape[d]!) break;
      at -= strides[d]! * indices.shape[d]!;
      counter[d] = 0;
    }
  }
  return targets;
}

/** Returns for each index tuple (the last axis of `indices`) the flat index of the first element of the slice of `shape` it names. */
export function sliceTargets(indices: Tensor, shape: readonly number[], batchDims: number, where: string): Int32Array {
  const k = indices.shape[indices.shape.length - 1]!;
  const strides = stridesOf(shape);
  const tuples = sizeOf(indices.shape.slice(0, -1));
  const perBatch = tuples / sizeOf(shape.slice(0, batchDims));
  const batch = batchDims === 0 ? 0 : strides[batchDims - 1]!;
  return Int32Array.from({ length: tuples }, (_, t) => {
    let at = batchDims === 0 ? 0 : Math.floor(t / perBatch) * batch;
    for (let j = 0; j < k; j++) at += indexWithin(indices.data[t * k + j]!, shape[batchDims + j]!, where) * strides[batchDims + j]!;
    return at;
  });
}

/** Returns a copy of data in which the blocks of `updates` are combined, in order, with the elements from each target on. */
export function scatterInto(c: EvalContext<ScatterPorts>, targets: Int32Array, block: number): readonly Tensor[] {
  const out = result(c.out[0]!);
  out.data.set(c.x.data.data);
  const combine = COMBINE[c.attrs.string("reduction")]!;
  const updates = c.x.updates.data;
  for (let t = 0; t < targets.length; t++) {
    const at = targets[t]!;
    for (let j = 0; j < block; j++) out.data[at + j] = combine(out.data[at + j]!, updates[t * block + j]!);
  }
  return [out];
}

/** Infers the output type of a scatter: the output is like data; `updates` must have the given shape. */
export function inferScatter(c: InferContext<ScatterPorts>, updatesShape: readonly number[] | undefined): readonly ValueType[] {
  const [data, updates] = [c.type("data"), c.type("updates")];
  if (
    !updatesShape ||
    updates.shape.length !== updatesShape.length ||
    updates.shape.some((d, i) => d !== updatesShape[i]) ||
    updates.dtype !== data.dtype
  ) {
    c.fail("its indices and updates do not fit its data", { received: [data, c.type("indices"), updates].map(formatType).join(", ") });
  }
  return [{ dtype: data.dtype, shape: data.shape }];
}

/** How the gradient rule of a scatter moves values: `scatter` into a tensor by a reduction, `gather` from one, at the node's indices. */
export interface Mover {
  scatter(into: string, updates: string, reduction: string): string;
  gather(from: string): string;
}

/**
 * Appends the cotangents of data and updates. With ⊕ the reduction, u the updates that meet an element x and y = x ⊕ u:
 * none: x̄ = ȳ but 0 where an update stands, ū = ȳ there. add: x̄ = ȳ, ū = ȳ.
 * mul: x̄ = ȳ·Πu, ūᵢ = ȳ·x·Πu without uᵢ (also where some are 0).
 * max, min: ȳ goes to whatever equals y, in equal parts among ties, as PyTorch's scatter_reduce has it.
 */
export function scatterVjp(c: VjpContext<ScatterPorts, "output">, m: Mover): Cotangents<ScatterPorts> {
  const { b, x, y, g, attrs, need } = c;
  const gy = g.output;
  switch (attrs.string("reduction")) {
    case "add":
      return { data: gy, updates: need("updates") ? m.gather(gy) : undefined };
    case "mul":
      return {
        data: need("data") ? b.mul(gy, m.scatter(b.onesLike(x.data), x.updates, "mul")) : undefined,
        updates: need("updates") ? b.mul(m.gather(b.mul(gy, x.data)), productOfOthers(b, x.data, x.updates, m)) : undefined,
      };
    case "max":
    case "min": {
      const kept = b.equal(x.data, y.output);
      const won = b.equal(x.updates, m.gather(y.output));
      const dtype = b.dtype(x.data);
      const share = b.div(gy, m.scatter(b.cast(kept, dtype), b.cast(won, dtype), "add"));
      const zero = b.scalar(0, gy);
      return {
        data: need("data") ? b.where(kept, share, zero) : undefined,
        updates: need("updates") ? b.where(won, m.gather(share), zero) : undefined,
      };
    }
    default:
      return {
        data: need("data") ? m.scatter(gy, b.zerosLike(x.updates), "none") : undefined,
        updates: need("updates") ? m.gather(gy) : undefined,
      };
  }
}

/**
 * Appends for every update the product of the other updates that meet the same element: the product of all nonzero ones by its own, times
 * what zeros there are among the others. A single zero stays a value (their sum, for it is the only one), so that it can be differentiated by.
 */
function productOfOthers(b: GraphBuilder, data: string, updates: string, m: Mover): string {
  const [zero, one] = [b.scalar(0, updates), b.scalar(1, updates)];
  const isZero = b.equal(updates, zero);
  const filled = b.where(isZero, one, updates);
  const nonzero = b.div(m.gather(m.scatter(b.onesLike(data), filled, "mul")), filled);
  const others = (v: string): string => b.sub(m.gather(m.scatter(b.zerosLike(data), v, "add")), v);
  const count = others(b.where(isZero, one, zero));
  const value = others(b.where(isZero, updates, zero));
  return b.mul(nonzero, b.where(b.greater(count, one), zero, b.where(b.greater(count, zero), value, one)));
}
