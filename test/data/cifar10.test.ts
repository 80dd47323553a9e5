import { expect, test } from "vitest";
import { openData } from "../../src/data/open-data.js";
import { answersOf, dataHost, example, inputOf, refusal } from "../support/data-host.js";

const RECORD = 3073;
/** Records whose class and pixels tell which they are. */
const records = (first: number, count: number): Uint8Array<ArrayBuffer> =>
  Uint8Array.from({ length: count * RECORD }, (_, i) => {
    const [record, at] = [first + Math.floor(i / RECORD), i % RECORD];
    return at === 0 ? record % 10 : (record + at) % 256;
  });
const files = (prefix: string): Record<string, Uint8Array<ArrayBuffer>> => ({
  ...Object.fromEntries([1, 2, 3, 4, 5].map((k) => [`${prefix}data_batch_${k}.bin`, records(3 * (k - 1), 3)])),
  [`${prefix}test_batch.bin`]: records(15, 2),
});
const open = (f: Record<string, Uint8Array<ArrayBuffer>>, memory = Infinity): ReturnType<typeof openData> =>
  openData("cifar10:c", dataHost(f, memory), 1);

const MEAN = [0.4914, 0.4822, 0.4465];
const DEVIATION = [0.247, 0.2435, 0.2616];

test.each(["c/", "c/cifar-10-batches-bin/"])("the examples of all five files of %s, standardised channel by channel", (prefix) => {
  const { train, validation, standardised } = open(files(prefix));
  const x = inputOf(train);
  expect([train.count, validation!.count, x.type, standardised]).toEqual([15, 2, { dtype: "float32", shape: [3, 32, 32] }, true]);
  expect(answersOf(train)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4]);
  for (const i of [0, 2, 3, 14]) {
    const own = example(x, i);
    for (const at of [0, 1023, 1024, 2047, 2048, 3071]) {
      const c = Math.floor(at / 1024);
      expect(own[at]).toBeCloseTo((((i + at + 1) % 256) / 255 - MEAN[c]!) / DEVIATION[c]!, 5);
    }
  }
  expect(answersOf(validation!)).toEqual([5, 6]);
});

test("what is missing, broken or too much is refused by its name", () => {
  const missing = files("c/");
  delete missing["c/data_batch_4.bin"];
  expect(refusal(() => open(missing))).toMatch(
    /^data\/missing: data_batch_4\.bin was not found in c or its folder cifar-10-batches-bin\. Unpack the binary version/,
  );
  expect(refusal(() => open({ ...files("c/"), "c/test_batch.bin": records(0, 2).slice(0, 5000) }))).toMatch(
    /^data\/invalid: c\/test_batch\.bin: the file is damaged or cut off/,
  );
  const strange = records(0, 2);
  strange[RECORD] = 10;
  expect(refusal(() => open({ ...files("c/"), "c/data_batch_2.bin": strange }))).toMatch(
    /^data\/invalid: c\/data_batch_2\.bin: example 1 has the class 10/,
  );
  expect(refusal(() => open(files("c/"), 17 * RECORD - 1))).toMatch(/^memory\/limit: the examples of cifar10:c take/);
});
