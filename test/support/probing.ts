import type { Tensor } from "../../src/graph/tensor.js";
import { sizeOf, stridesOf, tensor } from "../../src/graph/tensor.js";
import type { Example, Op } from "../../src/ops/op.js";
import { newBuilder } from "../../src/ops/registry.js";
import { evaluateGraph } from "../../src/runtime/evaluate.js";
import { build } from "./examples.js";
import type { Case } from "./examples.js";

/** An op's example in float64, to be run with other values. */
export interface Probed extends Case {
  readonly op: Op;
  readonly example: Example;
  /** Outputs of a run, with some of the feeds replaced. */
  run(other?: Readonly<Record<string, ArrayLike<number>>>): readonly Tensor[];
}

export function probed(op: Op, example: Example, dropoutSeed?: number): Probed {
  const own = build(op, example, "float64", dropoutSeed);
  const run = (other: Readonly<Record<string, ArrayLike<number>>> = {}): readonly Tensor[] => {
    const feeds = new Map(own.feeds);
    for (const [name, data] of Object.entries(other)) {
      const t = feeds.get(name)!;
      feeds.set(name, tensor(t.dtype, t.shape, Array.from(data)));
    }
    const values = evaluateGraph(own.graph, feeds);
    return own.graph.outputs.map((o) => values.get(o)!);
  };
  return { ...own, op, example, run };
}

/** The shape that shapes broadcast to, as numpy has it; undefined where they do not fit. */
export function broadcast(shapes: readonly (readonly number[])[]): readonly number[] | undefined {
  const rank = Math.max(0, ...shapes.map((s) => s.length));
  const out = new Array<number>(rank).fill(1);
  for (const s of shapes) {
    for (let i = 0; i < s.length; i++) {
      const at = rank - s.length + i;
      if (s[i] !== 1 && out[at] !== 1 && out[at] !== s[i]) return undefined;
      if (s[i] !== 1) out[at] = s[i]!;
    }
  }
  return out;
}

/** Coordinates of a flat index. */
export function coordinates(shape: readonly number[], flat: number): readonly number[] {
  const strides = stridesOf(shape);
  return shape.map((d, i) => Math.floor(flat / strides[i]!) % d);
}

/** The element of a tensor of shape `from` that broadcasting puts at a place of `to`. */
export function placeIn(from: readonly number[], to: readonly number[], flat: number): number {
  const at = coordinates(to, flat).slice(to.length - from.length);
  return from.reduce((sum, d, i) => sum + (d === 1 ? 0 : at[i]!) * stridesOf(from)[i]!, 0);
}

/** For each element of a float feed, the places of each output that change when it goes up or down by a step. */
export function dependents(p: Probed, feed: string, step: number): readonly (readonly ReadonlySet<number>[])[] {
  const t = p.feeds.get(feed)!;
  const before = p.run();
  return Array.from(t.data, (v, i) => {
    const changed = before.map(() => new Set<number>());
    for (const other of [v + step, v - step]) {
      const data = Array.from(t.data);
      data[i] = other;
      p.run({ [feed]: data }).forEach((o, k) => {
        for (let j = 0; j < o.data.length; j++) if (!Object.is(o.data[j], before[k]!.data[j])) changed[k]!.add(j);
      });
    }
    return changed;
  });
}

/** What an op makes of scalars in float64; undefined where it takes no such inputs. */
export function ofScalars(op: Op, xs: readonly number[], attrs: Example["attrs"] = {}): number | undefined {
  const b = newBuilder();
  try {
    const inputs = xs.map((_, i) => b.input(`x${i}`, { dtype: "float64", shape: [1] }));
    const out = b.op(op.name, inputs, attrs, { domain: op.domain ?? "" });
    if (sizeOf(b.shape(out)) !== 1) return undefined;
    b.outputs.push(b.op("Identity", [out]));
    const result = evaluateGraph(b.build("scalar"), new Map(inputs.map((v, i) => [v, tensor("float64", [1], [xs[i]!])])));
    return Number([...result.values()][0]!.data[0]);
  } catch {
    return undefined;
  }
}
