import { expect, test } from "vitest";
import { suitedTo } from "../../src/nn/suited.js";
import type { ExampleShape } from "../../src/nn/suited.js";

const examples = (given: Partial<ExampleShape>): ExampleShape => ({
  shape: undefined,
  kinds: undefined,
  rows: undefined,
  outputs: undefined,
  everywhere: false,
  ...given,
});
const IMAGE = examples({ shape: [1, 28, 28], outputs: 7 });
const TEXT = examples({ shape: [64], kinds: 40, rows: 40, outputs: 40, everywhere: true });
const TOKENS = examples({ shape: [20], kinds: 6, rows: 6, outputs: 4 });

test.each([
  [{ arch: "mlp" }, IMAGE, { input: 784, classes: 7 }],
  [{ arch: "plain-conv" }, IMAGE, { input: [1, 28, 28], classes: 7 }],
  [{ arch: "plain-conv" }, examples({ shape: [5], outputs: 2 }), { classes: 2 }],
  [{ arch: "rnn" }, IMAGE, { length: 28, input: 28, classes: 7 }],
  [{ arch: "rnn" }, examples({ shape: [50, 2], outputs: 1 }), { length: 50, input: 2, classes: 1 }],
  [{ arch: "rnn" }, examples({ shape: [784] }), { length: 784, input: 1 }],
  [{ arch: "rnn" }, TOKENS, { length: 20, input: 6, classes: 4 }],
  [{ arch: "transformer" }, TEXT, { length: 64, vocabulary: 40, classes: 40, output: "all", causal: true }],
  [{ arch: "transformer" }, TOKENS, { length: 20, vocabulary: 6, classes: 4, output: "mean", causal: false }],
  [{ arch: "transformer" }, examples({ shape: [9], rows: 12, outputs: 3 }), { length: 9, vocabulary: 12, classes: 3, output: "mean", causal: false }],
  [{ arch: "mlp" }, examples({ shape: [9], rows: 12, outputs: 3 }), { input: 9, classes: 3 }],
  [{ arch: "transformer" }, examples({ shape: [10, 8], outputs: 3 }), { length: 10, width: 8, heads: 4, classes: 3, output: "mean" }],
  [{ arch: "transformer" }, examples({ shape: [10, 6], outputs: 3 }), { length: 10, width: 6, heads: 2, classes: 3, output: "mean" }],
  [{ arch: "mlp" }, TOKENS, { input: 120, classes: 4 }],
  [{ arch: "mlp" }, examples({ outputs: 3 }), { classes: 3 }],
  [{ arch: "mlp", input: 5, classes: 2 }, IMAGE, {}],
  [{ arch: "transformer", causal: false, length: 32 }, TEXT, { vocabulary: 40, classes: 40, output: "all" }],
])("%j is made to fit %j", (spec, shape, found) => {
  expect(suitedTo(spec, shape)).toEqual({ ...spec, ...found });
});
