import { expect, test } from "vitest";
import { augmentationsOf, augmented } from "../../src/data/augment/index.js";
import { storedColumn } from "../../src/data/data-set.js";
import type { DataSet, Examples } from "../../src/data/data-set.js";
import { sizeOf } from "../../src/graph/tensor.js";
import { example, inputOf, refusal } from "../support/data-host.js";

const [C, H, W] = [2, 6, 7];
const SIZE = C * H * W;
const COUNT = 400;
const part = (shape: readonly number[] = [C, H, W], answer: readonly number[] = [], dtype: "float32" | "int64" = "float32"): Examples => ({
  count: COUNT,
  // No pixel is zero, and all of an image differ.
  inputs: new Map([
    [
      "",
      storedColumn(
        { dtype, shape },
        Float32Array.from({ length: COUNT * sizeOf(shape) }, (_, i) => 1 + (i % SIZE)),
      ),
    ],
  ]),
  answers: { kind: "labels", column: storedColumn({ dtype: "int64", shape: answer }, new Float64Array(COUNT * sizeOf(answer))), classes: 1 },
});
const set = (train = part()): DataSet => ({ name: "d", about: "", train, validation: train, standardised: false });
const pixel = (image: readonly number[], c: number, y: number, x: number): number =>
  y < 0 || x < 0 || y >= H || x >= W ? 0 : image[(c * H + y) * W + x]!;
const PLAIN = Array.from({ length: SIZE }, (_, i) => i + 1);

/** Makes the image that a shift of `PLAIN` gives. */
const moved = (dy: number, dx: number, flipped = false): string =>
  Array.from({ length: SIZE }, (_, i) => {
    const [c, y, x] = [Math.floor(i / (H * W)), Math.floor(i / W) % H, i % W];
    // A crop moves what a flip gave.
    const [fromY, fromX] = [y + dy, x + dx];
    return fromX < 0 || fromX >= W ? 0 : pixel(PLAIN, c, fromY, flipped ? W - 1 - fromX : fromX);
  }).join();

const images = (names: readonly string[], seed = 1, epoch = 0): readonly string[] => {
  const x = inputOf(augmented(set(), names, seed).train);
  return Array.from({ length: COUNT }, (_, i) => example(x, i, epoch).join());
};

test("flip turns half of the images over, left to right", () => {
  const seen = images(["flip"]);
  const [plain, turned] = [moved(0, 0), moved(0, 0, true)];
  expect(new Set(seen)).toEqual(new Set([plain, turned]));
  expect(Math.abs(seen.filter((s) => s === turned).length - COUNT / 2)).toBeLessThan(50);
});

test("crop moves images by up to four pixels, and fills with zeros", () => {
  const known = new Map<string, string>();
  for (let dy = -4; dy <= 4; dy++) for (let dx = -4; dx <= 4; dx++) known.set(moved(dy, dx), `${dy} ${dx}`);
  const shifts = images(["crop"]).map((s) => known.get(s));
  expect(shifts).not.toContain(undefined);
  expect(new Set(shifts).size).toBeGreaterThan(60);
});

test("both together: a crop of what may be turned over", () => {
  const known = new Set<string>();
  for (let dy = -4; dy <= 4; dy++) for (let dx = -4; dx <= 4; dx++) for (const turned of [false, true]) known.add(moved(dy, dx, turned));
  const seen = images(["flip", "crop"]);
  expect(seen.every((s) => known.has(s))).toBe(true);
  expect(new Set(seen).size).toBeGreaterThan(100);
});

test("the seed, the epoch and the number of an example tell how it is changed, whatever was asked for before", () => {
  const seen = images(["flip", "crop"]);
  expect(images(["crop", "flip"])).toEqual(seen);
  expect(images(["flip", "crop"], 2)).not.toEqual(seen);
  expect(images(["flip", "crop"], 1, 1)).not.toEqual(seen);
  const x = inputOf(augmented(set(), ["flip", "crop"], 1).train);
  example(x, 3, 7);
  expect(example(x, 5, 0).join()).toBe(seen[5]);
});

test("examples to score by stay as they are, and so does all without augmentation", () => {
  const data = set();
  const out = augmented(data, ["flip", "crop"], 1);
  expect(out.validation).toBe(data.validation);
  expect(augmented(data, [], 1)).toBe(data);
});

test("only images whose answers do not lie in them are augmented; names are checked and put in order", () => {
  for (const train of [part([H, W]), part([SIZE]), part([C, H, W], [], "int64")])
    expect(refusal(() => augmented(set(train), ["flip"], 1))).toMatch(/^usage\/option: --augment is for images, and d has none/);
  expect(refusal(() => augmented(set(part([C, H, W], [H, W])), ["flip"], 1))).toMatch(/^usage\/option: d: --augment would move the images/);
  expect(augmentationsOf(["crop", "flip", "crop"])).toEqual(["flip", "crop"]);
  expect(refusal(() => augmentationsOf(["flp"]))).toBe("usage/option: --augment flp is not valid (expected flip, crop). Did you mean flip?");
});
