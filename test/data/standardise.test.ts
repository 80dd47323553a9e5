import { expect, test } from "vitest";
import { storedColumn } from "../../src/data/data-set.js";
import type { DataSet, Examples } from "../../src/data/data-set.js";
import { openData } from "../../src/data/open-data.js";
import { standardise } from "../../src/data/standardise.js";
import { sizeOf } from "../../src/graph/tensor.js";
import { stream } from "../../src/util/random.js";
import { dataHost, example, inputOf, refusal } from "../support/data-host.js";

const part = (shape: readonly number[], data: ArrayLike<number>, dtype: "float32" | "int64" = "float32"): Examples => ({
  count: data.length / sizeOf(shape),
  inputs: new Map([["x", storedColumn({ dtype, shape }, data)]]),
  answers: undefined,
});
const set = (train: Examples, validation?: Examples): DataSet => ({ name: "d", about: "", train, validation, standardised: false });

/** Mean and deviation in two passes. */
function moments(values: readonly number[]): readonly [number, number] {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return [mean, Math.sqrt(values.reduce((a, v) => a + (v - mean) ** 2, 0) / values.length)];
}

test.each([
  ["an image's channels", [2, 3, 4], (i: number) => Math.floor(i / 12) % 2, 2],
  ["a row's features", [5], (i: number) => i % 5, 5],
  ["the features of a sequence", [7, 3], (i: number) => i % 3, 3],
  ["a single number", [], () => 0, 1],
])("%s get mean 0 and deviation 1, and examples to score by the same constants", (_, shape, channel, channels) => {
  const size = sizeOf(shape);
  const random = stream(1, "standardise");
  const data = Float32Array.from({ length: 40 * size }, (_v, i) => 100 * channel(i % size) + (1 + channel(i % size)) * random.normal(i));
  const { data: out, by } = standardise(set(part(shape, data), part(shape, data.subarray(0, 2 * size))));
  const groups = (values: ArrayLike<number>): readonly (readonly number[])[] =>
    Array.from({ length: channels }, (_v, c) => Array.from(values).filter((_x, i) => channel(i % size) === c));
  groups(data).forEach((own, c) => {
    const [mean, deviation] = moments(own);
    expect(by[0]!.mean[c]).toBeCloseTo(mean, 5);
    expect(by[0]!.deviation[c]).toBeCloseTo(deviation, 5);
  });
  const all = Array.from({ length: 40 }, (_v, i) => example(inputOf(out.train), i)).flat();
  for (const own of groups(all)) {
    expect(moments(own)[0]).toBeCloseTo(0, 4);
    expect(moments(own)[1]).toBeCloseTo(1, 4);
  }
  expect(example(inputOf(out.validation!), 1)).toEqual(example(inputOf(out.train), 1));
  expect(out.standardised).toBe(true);
});

test("constant features stay, and are counted", () => {
  const { data, by, told } = standardise(set(part([3], [0.1, 5, 1, 0.1, 7, 1, 0.1, 9, 1])));
  expect(by[0]!.deviation.map((d) => d > 0)).toEqual([false, true, false]);
  expect(example(inputOf(data.train), 0)).toEqual([Math.fround(0.1), expect.closeTo(-1.2247, 3), 1]);
  expect(told).toContain("2 of them constant and left as they are");
});

test("a small spread around a large mean is not lost", () => {
  const values = Array.from({ length: 3000 }, (_, i) => 1e6 + (i % 4));
  const { by } = standardise(set(part([1], values)));
  expect(by[0]!.mean[0]).toBeCloseTo(1e6 + 1.5, 6);
  expect(by[0]!.deviation[0]).toBeCloseTo(Math.sqrt(1.25), 9);
});

test("data with constants of its own stays, tokens stay, and tokens alone are refused", () => {
  const digits = openData("digits", dataHost({}), 1);
  expect(standardise(digits)).toMatchObject({ data: digits, by: [], told: expect.stringContaining("already") });
  const tokens = part([2], [1, 2, 3, 4], "int64");
  expect(refusal(() => standardise(set(tokens)))).toMatch(/^usage\/option: --standardise finds nothing in d/);
  const both: Examples = { ...tokens, inputs: new Map([...tokens.inputs, ["y", storedColumn({ dtype: "float32", shape: [1] }, [1, 3])]]) };
  const { data } = standardise(set(both));
  expect([example(data.train.inputs.get("x")!, 1), example(data.train.inputs.get("y")!, 1)]).toEqual([[3, 4], [1]]);
});
