import { int64s, sizeOf } from "../graph/tensor.js";
import type { Tensor } from "../graph/tensor.js";
import { normalizeAxis } from "./shared/elementwise.js";
import { floats, ints } from "./shared/examples.js";
import { aroundAxis } from "./shared/indexing.js";
import { one, optional } from "./op.js";
import type { Op } from "./op.js";

/**
 * Y = the distinct slices of X along `axis` (the distinct elements without it), sorted or in order of appearance; with them where each first stands,
 * which one each slice of X is, and how often each occurs. X must be known before the run, for the shapes depend on it.
 */
export const Unique: Op<"X", "Y" | "indices" | "inverse_indices" | "counts"> = {
  name: "Unique",
  since: [11, 28],
  inputs: { X: one },
  outputs: { Y: one, indices: optional, inverse_indices: optional, counts: optional },
  attrs: { axis: { kind: "int" }, sorted: { kind: "flag", default: 1 } },
  decompose: ({ b, x, attrs, constant, node, wants }) => {
    const value = constant("X");
    const own = attrs.optionalInt("axis");
    const axis = own === undefined ? 0 : normalizeAxis(own, value.shape.length, node.op);
    const shape = own === undefined ? [sizeOf(value.shape)] : value.shape;
    const { first, inverse, counts } = distinct({ ...value, shape }, axis, attrs.flag("sorted"));
    return [
      wants(0) ? b.op("Gather", [b.reshape(x.X, shape), b.ints(first)], { axis }) : undefined,
      wants(1) ? b.constant(int64s(first)) : undefined,
      wants(2) ? b.constant(int64s(inverse)) : undefined,
      wants(3) ? b.constant(int64s(counts)) : undefined,
    ];
  },
  examples: [
    { name: "elements", inputs: [ints([3, 1, 1, 4, 3, 3], [2, 3])], outputs: 4 },
    { name: "in order of appearance", inputs: [floats([5], { values: [2, 0.5, 2, -1, 0.5], constant: true })], attrs: { sorted: 0 }, outputs: 4 },
    { name: "rows", inputs: [floats([4, 2], { values: [1, 2, 0, 5, 1, 2, 1, -3], constant: true })], attrs: { axis: 0 }, outputs: 4 },
    { name: "columns", inputs: [ints([1, 0, 1, 2, 2, 2], [2, 3])], attrs: { axis: -1 }, outputs: 2 },
  ],
};

/** The distinct slices along an axis: where each first stands, which one every slice is, how often each occurs. */
function distinct(x: Tensor, axis: number, sorted: boolean): Record<"first" | "inverse" | "counts", number[]> {
  const [outer, size, inner] = aroundAxis(x.shape, axis);
  const slices = Array.from({ length: size }, (_, i) =>
    Array.from({ length: outer * inner }, (_, k) => x.data[(Math.floor(k / inner) * size + i) * inner + (k % inner)]!),
  );
  const byKey = new Map<string, number[]>();
  slices.forEach((s, i) => {
    const key = s.map((v) => v + 0).join();
    const members = byKey.get(key);
    if (members) members.push(i);
    else byKey.set(key, [i]);
  });
  const groups = [...byKey.values()];
  if (sorted) groups.sort((p, q) => order(slices[p[0]!]!, slices[q[0]!]!));
  const inverse = new Array<number>(size);
  groups.forEach((members, k) => members.forEach((i) => (inverse[i] = k)));
  return { first: groups.map((m) => m[0]!), inverse, counts: groups.map((m) => m.length) };
}

function order(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((v, i) => v !== b[i]);
  return at < 0 ? 0 : a[at]! - b[at]!;
}
