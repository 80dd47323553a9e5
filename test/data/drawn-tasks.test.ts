import { describe, expect, test } from "vitest";
import { openData } from "../../src/data/open-data.js";
import type { DataSet } from "../../src/data/data-set.js";
import { dataHost, example, inputOf, refusal } from "../support/data-host.js";

const open = (word: string, seed = 1): DataSet => openData(word, dataHost({}), seed);
const first = (data: DataSet, n = 50): readonly (readonly number[])[] =>
  Array.from({ length: n }, (_, i) => [...example(inputOf(data.train), i), ...example(data.train.answers!.column, i)]);

describe.each(["adding:12", "copying:7", "temporal-order:20", "teacher:mlp,depth=1,width=4"])("%s", (word) => {
  const data = open(word);
  test("10,000 examples and 1,000 others to score by, functions of the seed and their number", () => {
    expect([data.train.count, data.validation!.count, data.standardised]).toEqual([10_000, 1000, false]);
    const seen = first(data);
    expect(first(open(word))).toEqual(seen);
    expect(first(open(word, 2))).not.toEqual(seen);
    // An example does not depend on those that were asked for before it.
    expect([...example(inputOf(open(word).train), 37), ...example(open(word).train.answers!.column, 37)]).toEqual(seen[37]);
    expect(example(inputOf(data.validation!), 0)).not.toEqual(example(inputOf(data.train), 0));
    expect(new Set(seen.map((s) => s.join())).size).toBe(50);
  });
});

test("adding: a mark in either half, and the sum of the two marked numbers", () => {
  const { train } = open("adding:13");
  const x = inputOf(train);
  expect([x.type.shape, train.answers!.kind, train.answers!.column.type.shape]).toEqual([[13, 2], "target", [1]]);
  const places = new Set<number>();
  let [sum, squares] = [0, 0];
  for (let i = 0; i < 4000; i++) {
    const own = example(x, i);
    const marks = Array.from({ length: 13 }, (_, t) => own[2 * t + 1]!).flatMap((m, t) => (m === 1 ? [t] : []));
    expect(marks.length).toBe(2);
    expect(marks[0]! < 6 && marks[1]! >= 6).toBe(true);
    for (const t of marks) places.add(t);
    const target = example(train.answers!.column, i)[0]!;
    expect(target).toBeCloseTo(own[2 * marks[0]!]! + own[2 * marks[1]!]!, 6);
    sum += target;
    squares += (target - 1) ** 2;
  }
  expect(places.size).toBe(13);
  expect(sum / 4000).toBeCloseTo(1, 1);
  expect(squares / 4000).toBeCloseTo(1 / 6, 1.5);
});

test("copying: ten symbols, T − 1 blanks, a mark and ten blanks, answered by T + 10 blanks and the symbols", () => {
  const { train } = open("copying:4");
  const x = inputOf(train);
  expect([x.type.shape, x.kinds, train.answers!.classes, train.answers!.column.type.shape]).toEqual([[24], 10, 9, [24]]);
  const seen = new Set<number>();
  for (let i = 0; i < 200; i++) {
    const own = example(x, i);
    const symbols = own.slice(0, 10);
    for (const s of symbols) seen.add(s);
    expect(own.slice(10)).toEqual([8, 8, 8, 9, ...new Array<number>(10).fill(8)]);
    expect(example(train.answers!.column, i)).toEqual([...new Array<number>(14).fill(8), ...symbols]);
  }
  expect([...seen].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

test("temporal order: X or Y in the second tenth and in the fifth, distractors elsewhere, and the class of the two", () => {
  const { train } = open("temporal-order:30");
  const x = inputOf(train);
  expect([x.type.shape, x.kinds, train.answers!.classes, train.answers!.column.type.shape]).toEqual([[30], 6, 4, []]);
  const perClass = [0, 0, 0, 0];
  const places = new Set<number>();
  for (let i = 0; i < 2000; i++) {
    const own = example(x, i);
    const marked = own.flatMap((s, t) => (s >= 4 ? [t] : []));
    expect(marked.length).toBe(2);
    for (const t of marked) places.add(t);
    const label = example(train.answers!.column, i)[0]!;
    expect(label).toBe(2 * (own[marked[0]!]! - 4) + own[marked[1]!]! - 4);
    perClass[label]!++;
  }
  expect([...places].sort((a, b) => a - b)).toEqual([3, 4, 5, 12, 13, 14]);
  for (const n of perClass) expect(Math.abs(n - 500)).toBeLessThan(100);
});

test.each(["adding:1", "adding:", "adding:x", "copying:0", "temporal-order:9", "adding:1000000"])("%s is refused", (word) => {
  expect(refusal(() => open(word))).toMatch(/^usage\/option: /);
});
