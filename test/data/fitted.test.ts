import { expect, test } from "vitest";
import { storedColumn } from "../../src/data/data-set.js";
import type { Column, Examples } from "../../src/data/data-set.js";
import { fitted } from "../../src/data/fitted.js";
import { byteImages, channelsFirst } from "../../src/data/shared/images.js";
import type { Dim, GraphInput } from "../../src/graph/graph.js";
import type { DType } from "../../src/graph/tensor.js";
import { example, refusal } from "../support/data-host.js";

const of = (column: Column): Examples => ({ count: 2, inputs: new Map([["", column]]), answers: undefined });
const input = (dtype: DType, shape?: readonly Dim[]): GraphInput => (shape ? { name: "in", dtype, shape } : { name: "in", dtype });
const fit = (column: Column, i: GraphInput): Column => fitted([i], of(column), "d").get("in")!.column;

const image = storedColumn(
  { dtype: "float32", shape: [2, 2, 3] },
  Array.from({ length: 24 }, (_, i) => i),
);
const tokens: Column = { ...storedColumn({ dtype: "int64", shape: [3] }, [0, 2, 1, 2, 2, 0]), kinds: 3 };

test("an image fits as it is, as a row, and with its channels last", () => {
  expect(fit(image, input("float32", ["N", 2, "h", "w"])).type.shape).toEqual([2, 2, 3]);
  expect(example(fit(image, input("float32", ["N", 12])), 1)).toEqual(Array.from({ length: 12 }, (_, i) => 12 + i));
  expect(example(fit(image, input("float32", ["N", 2, 3, 2])), 0)).toEqual([0, 6, 1, 7, 2, 8, 3, 9, 4, 10, 5, 11]);
  expect(fit(image, input("float32")).type.shape).toEqual([2, 2, 3]);
});

test("tokens fit an input of integers of any length, in the input's own type", () => {
  for (const [dtype, dim] of [
    ["int64", "T"],
    ["int32", 3],
    ["int64", ""],
  ] as const) {
    const column = fit(tokens, input(dtype, ["N", dim]));
    expect([column.type, example(column, 1)]).toEqual([{ dtype, shape: [3] }, [2, 2, 0]]);
  }
  expect(refusal(() => fit(tokens, input("int64", ["N", 4])))).toMatch(/^batch\/shape: /);
});

test("tokens become rows of zeros with a one for a network of floats, or all of them one row", () => {
  const rows = fit(tokens, input("float32", ["N", "T", 3]));
  expect([rows.type, example(rows, 0)]).toEqual([{ dtype: "float32", shape: [3, 3] }, [1, 0, 0, 0, 0, 1, 0, 1, 0]]);
  expect(fit(tokens, input("float32", ["N", 9])).type.shape).toEqual([9]);
  expect(refusal(() => fit(tokens, input("float32", ["N", 3])))).toMatch(/^batch\/shape: .*got \[3\]/);
});

test("other integers go into floats as they are, floats never into integers", () => {
  const numbers = storedColumn({ dtype: "int32", shape: [2] }, [5, -7, 8, 9]);
  expect(example(fit(numbers, input("float32", ["N", 2])), 0)).toEqual([5, -7]);
  expect(refusal(() => fit(image, input("int64", ["N", 2, 2, 3])))).toMatch(/^batch\/dtype: /);
});

test("images of bytes go as they are into a network of bytes, and as parts of 255 into one of floats", () => {
  const bytes = byteImages([2, 2], Uint8Array.of(0, 51, 255, 102, 1, 2, 3, 4));
  expect(example(fit(bytes, input("uint8", ["N", 1, 2, 2])), 0)).toEqual([0, 51, 255, 102]);
  expect(example(fit(bytes, input("float32", ["N", 4])), 0).map((v) => 255 * v)).toEqual(
    [0, 51, 255, 102].map((v) => expect.closeTo(v, 4) as number),
  );
});

test("an image with one channel fits with its channel last, and one that came so is fed so where the order is open", () => {
  const grey = storedColumn({ dtype: "float32", shape: [1, 2, 2] }, [1, 2, 3, 4, 5, 6, 7, 8]);
  expect([fit(grey, input("float32", ["N", 2, 2, 1])).type.shape, example(fit(grey, input("float32", ["N", 2, 2, 1])), 1)]).toEqual([
    [2, 2, 1],
    [5, 6, 7, 8],
  ]);
  const turned = channelsFirst(
    "float32",
    [5, 6, 3],
    Array.from({ length: 180 }, (_, i) => i),
  );
  expect(turned.type.shape).toEqual([3, 5, 6]);
  for (const open of [input("float32"), input("float32", ["N", "h", "w", "c"]), input("float32", ["N", 5, 6, 3])]) {
    const column = fit(turned, open);
    expect([column.type.shape, example(column, 1)]).toEqual([[5, 6, 3], Array.from({ length: 90 }, (_, i) => 90 + i)]);
  }
  const first = fit(turned, input("float32", ["N", 3, "h", "w"]));
  expect([first.type.shape, example(first, 0).slice(0, 3)]).toEqual([
    [3, 5, 6],
    [0, 3, 6],
  ]);
});
