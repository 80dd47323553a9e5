import { describe, expect, it } from "vitest";
import { redrawnBatch } from "../../src/data/redrawn-batch.js";
import { tensor } from "../../src/graph/tensor.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { mean, variance } from "../../src/math/statistics.js";
import { stream } from "../../src/util/random.js";

const random = stream(5, "given");
const normals = (shape: readonly number[], of: (i: number) => readonly [mean: number, std: number]): Tensor =>
  tensor(
    "float32",
    shape,
    Float32Array.from({ length: shape.reduce((p, d) => p * d, 1) }, (_, i) => of(i)[0] + of(i)[1] * random.normal(i)),
  );
const one = (t: Tensor, seed = 1): Tensor => redrawnBatch(new Map([["x", t]]), undefined, seed).inputs.get("x")!;

describe("a batch drawn like another one", () => {
  it("has its mean and its deviation, by channel where it holds maps", () => {
    const channels = [
      [3, 0.5],
      [-2, 4],
    ] as const;
    const given = normals([8, 2, 16, 16], (i) => channels[Math.floor(i / 256) % 2]!);
    const drawn = one(given);
    expect(drawn.shape).toEqual(given.shape);
    channels.forEach(([m, s], c) => {
      const own = Array.from(drawn.data).filter((_, i) => Math.floor(i / 256) % 2 === c);
      expect(Math.abs(mean(own) - m)).toBeLessThan((5 * s) / Math.sqrt(own.length));
      expect(Math.sqrt(variance(own)) / s).toBeCloseTo(1, 1);
    });
    const row = one(normals([64, 32], () => [1, 2]));
    expect(mean(Array.from(row.data))).toBeCloseTo(1, 0);
  });

  it("is another one for every seed, and the same for one", () => {
    const given = normals([4, 8], () => [0, 1]);
    expect(one(given, 1)).toEqual(one(given, 1));
    expect(one(given, 1).data).not.toEqual(one(given, 2).data);
    expect(one(given, 1).data).not.toEqual(given.data);
    const both = redrawnBatch(new Map([["a", given], ["b", given]]), undefined, 1).inputs; // prettier-ignore
    expect(both.get("a")!.data).not.toEqual(both.get("b")!.data);
  });

  it("keeps what is a choice: masks, scalars, truth values", () => {
    const mask = tensor("float32", [2, 3], [0, -Infinity, 0, 0, 0, -Infinity]);
    const scalar = tensor("float32", [], [0.5]);
    const flags = tensor("bool", [4], [1, 0, 0, 1]);
    const { inputs } = redrawnBatch(new Map([["m", mask], ["s", scalar], ["f", flags]]), undefined, 1); // prettier-ignore
    expect([inputs.get("m"), inputs.get("s"), inputs.get("f")]).toEqual([mask, scalar, flags]);
  });

  it("draws indices from those that there are", () => {
    const tokens = tensor("int64", [4, 5], [7, 9, 9, 7, 3, 7, 9, 9, 7, 3, 7, 9, 9, 7, 3, 7, 9, 9, 7, 3]);
    const drawn = one(tokens);
    expect(drawn.dtype).toBe("int64");
    expect(new Set(drawn.data)).toEqual(new Set([3, 7, 9]));
    expect(drawn.data).not.toEqual(tokens.data);
  });

  it("gives each example the label of another, all of them once", () => {
    const labels = tensor("int64", [5], [10, 11, 12, 13, 14]);
    const moved = [1, 2, 3, 4].map((seed) => redrawnBatch(new Map(), labels, seed).answers!);
    for (const t of moved) {
      expect([...t.data].sort()).toEqual([10, 11, 12, 13, 14]);
      t.data.forEach((v, i) => expect(v).not.toBe(labels.data[i]));
    }
    expect(new Set(moved.map((t) => t.data.join())).size).toBeGreaterThan(1);
    const targets = tensor("float32", [2, 2], [1, 2, 3, 4]);
    expect(Array.from(redrawnBatch(new Map(), targets, 1).answers!.data)).toEqual([3, 4, 1, 2]);
    const single = tensor("int64", [1], [3]);
    expect(redrawnBatch(new Map(), single, 1).answers).toBe(single);
    expect(redrawnBatch(new Map(), undefined, 1).answers).toBeUndefined();
  });
});
