import { expect, test } from "vitest";
import { openData } from "../../src/data/open-data.js";
import type { DataSet } from "../../src/data/data-set.js";
import { scoredBy, withValidation } from "../../src/data/parts.js";
import { answersOf, bytesOfText, dataHost, example, inputOf, refusal } from "../support/data-host.js";

const csv = (text: string, name = "a.csv"): DataSet => openData(name, dataHost({ [name]: bytesOfText(text) }), 1);
const sorted = csv(`a,label\n${Array.from({ length: 100 }, (_, i) => `${i},${i < 50 ? "x" : "y"}`).join("\n")}`);

test("a share of the data is drawn, so that a file sorted by class gives all classes to both parts", () => {
  const { train, validation } = withValidation(sorted, 0.2);
  expect([train.count, validation!.count]).toEqual([80, 20]);
  const numbers = (e: DataSet["train"]): number[] => Array.from({ length: e.count }, (_, i) => example(inputOf(e), i)[0]!);
  expect([...numbers(train), ...numbers(validation!)].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  for (const part of [train, validation!]) {
    const ones = answersOf(part).filter((l) => l === 1).length / part.count;
    expect(ones).toBeGreaterThan(0.2);
    expect(ones).toBeLessThan(0.8);
    expect(answersOf(part)).toEqual(numbers(part).map((n) => (n < 50 ? 0 : 1)));
  }
  expect(numbers(withValidation(sorted, 0.2).validation!)).toEqual(numbers(validation!));
  expect(refusal(() => withValidation(sorted, 0.001))).toMatch(/^usage\/option: /);
});

test("words of another file have the numbers that they have in the data", () => {
  const data = csv("a,kind\n1,ant\n2,bee\n3,cow\n");
  const out = scoredBy(data, csv("a,kind\n1,cow\n2,bee\n", "b.csv"));
  expect([answersOf(out.train), answersOf(out.validation!)]).toEqual([
    [0, 1, 2],
    [2, 1],
  ]);
  expect(refusal(() => answersOf(scoredBy(data, csv("a,kind\n1,dog\n", "b.csv")).validation!))).toMatch(
    /^data\/invalid: b\.csv: "dog" is not in the data/,
  );
  expect(refusal(() => scoredBy(data, csv("a,kind\n1,0.5\n", "b.csv")))).toMatch(
    /^data\/invalid: b\.csv: a\.csv has classes to learn, and b\.csv numbers/,
  );
});

test("characters of another text have the numbers that they have in the data", () => {
  const open = (text: string, name: string): DataSet => openData(`text:${name}:2`, dataHost({ [name]: bytesOfText(text) }), 1);
  const data = open("abcabcabcabcabc", "a.txt");
  const { validation } = scoredBy(data, open("cbcbcbcbcb", "b.txt"));
  expect([example(inputOf(validation!), 0), example(validation!.answers!.column, 0)]).toEqual([
    [2, 1],
    [1, 2],
  ]);
});
