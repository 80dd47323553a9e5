import { expect, test } from "vitest";
import { openData } from "../../src/data/open-data.js";
import { answersOf, dataHost, example, inputOf } from "../support/data-host.js";

test("sequential-mnist is the shipped digits as 784 steps of one pixel", () => {
  const [digits, steps] = [openData("digits", dataHost({}), 1), openData("sequential-mnist", dataHost({}), 1)];
  expect([inputOf(digits.train).type.shape, inputOf(steps.train).type.shape, inputOf(steps.validation!).type.shape]).toEqual([
    [1, 28, 28],
    [784, 1],
    [784, 1],
  ]);
  for (const i of [0, 5999]) expect(example(inputOf(steps.train), i)).toEqual(example(inputOf(digits.train), i));
  expect([steps.train.count, answersOf(steps.validation!)]).toEqual([6000, answersOf(digits.validation!)]);
});
