import { expect, test } from "vitest";
import { openZip } from "../../src/io/zip.js";
import { openData } from "../../src/data/open-data.js";
import type { DataSet } from "../../src/data/data-set.js";
import { imageHead } from "../../src/data/shared/image-head.js";
import { pixelsInto } from "../../src/data/shared/image-pixels.js";
import { readNpy } from "../../src/data/shared/npy.js";
import { answersOf, bytesOfText, dataHost, example, fixture, inputOf, refusal } from "../support/data-host.js";

const [H, W] = [9, 13];
const zip = openZip(fixture("pixels.npz"), "pixels.npz");
/** What Pillow reads in a picture: [H, W] or [H, W, 3]. */
const pillow = (name: string): { readonly shape: readonly number[]; readonly data: ArrayLike<number> } =>
  readNpy(zip.read([`${name}.npy`], Infinity).get(`${name}.npy`)!, name);

/** The largest difference between our pixels and Pillow's. */
function difference(name: string): number {
  const bytes = fixture(name);
  const head = imageHead(bytes, name);
  const wanted = pillow(name);
  const channels = wanted.shape.length === 2 ? 1 : 3;
  expect(head).toMatchObject({ width: W, height: H, grey: channels === 1 });
  const out = new Uint8Array(channels * H * W + 1);
  pixelsInto(out, 1, channels, bytes, head, name);
  let worst = 0;
  for (let p = 0; p < H * W; p++)
    for (let c = 0; c < channels; c++) worst = Math.max(worst, Math.abs(out[1 + c * H * W + p]! - wanted.data[p * channels + c]!));
  return worst;
}

test.each([
  "grey.png",
  "grey-1.png",
  "grey-2.png",
  "grey-4.png",
  "grey-16.png",
  "grey-alpha.png",
  "rgb.png",
  "rgba.png",
  "palette.png",
  "palette-8.png",
])("%s has the pixels that Pillow reads", (name) => expect(difference(name)).toBe(0));

// Decoders of JPEG may round differently; colours at half resolution they also spread differently.
test.each([
  ["grey.jpg", 2],
  ["rgb-444.jpg", 4],
  ["progressive.jpg", 4],
  ["rgb-420.jpg", 24],
])("%s has the pixels that Pillow reads, up to %i of 255", (name, most) => expect(difference(name)).toBeLessThanOrEqual(most));

const open = (files: Record<string, Uint8Array<ArrayBuffer>>, memory = Infinity): DataSet => openData("images:d", dataHost(files, memory), 1);
const [grey, grey4, rgb, jpeg] = [fixture("grey.png"), fixture("grey-4.png"), fixture("rgb.png"), fixture("rgb-444.jpg")];

test("a folder for each class: grey pictures as one channel, from 0 to 1", () => {
  const { train, validation, about } = open({
    "d/b/1.png": grey,
    "d/a/2.PNG": grey4,
    "d/a/3.png": grey,
    "d/a/notes.txt": bytesOfText("x"),
    "d/.x/4.png": grey,
    "d/empty/notes.txt": bytesOfText("x"),
  });
  const x = inputOf(train);
  expect([train.count, x.type, train.answers!.classes, train.answers!.column.names, validation]).toEqual([
    3,
    { dtype: "float32", shape: [1, H, W] },
    2,
    ["a", "b"],
    undefined,
  ]);
  expect(answersOf(train).sort()).toEqual([0, 0, 1]);
  const of = (label: number): number[][] => answersOf(train).flatMap((l, i) => (l === label ? [example(x, i)] : []));
  expect(of(1)[0]![20]).toBe(Math.fround(pillow("grey.png").data[20]! / 255));
  expect(about).toContain("9×13 in grey, given as parts of 255, of the 2 classes a, b");
  expect(about).toContain("without 1 file of other kinds, such as notes.txt");
});

test("grey and coloured pictures together are coloured, PNG and JPEG together", () => {
  const { train } = open({ "d/a/1.png": grey, "d/b/2.png": rgb, "d/c/3.jpeg": jpeg });
  const x = inputOf(train);
  expect(x.type.shape).toEqual([3, H, W]);
  const first = example(x, answersOf(train).indexOf(0));
  const size = H * W;
  expect(first.slice(0, size)).toEqual(first.slice(2 * size));
  const second = example(x, answersOf(train).indexOf(1));
  expect([0, 1, 2].map((c) => second[c * size + 30])).toEqual([0, 1, 2].map((c) => Math.fround(pillow("rgb.png").data[3 * 30 + c]! / 255)));
});

test.each(["val", "test"])("train/ and %s/ divide the pictures, and classes have the numbers of train/", (part) => {
  const { train, validation } = open({ "d/train/b/1.png": grey, "d/train/a/2.png": grey, [`d/${part}/b/3.png`]: grey4 });
  expect([train.count, validation!.count, answersOf(validation!)]).toEqual([2, 1, [1]]);
  expect(refusal(() => open({ "d/train/b/1.png": grey, [`d/${part}/c/3.png`]: grey }))).toMatch(
    /^data\/invalid: d\/.*\/c: the class c is not among those to train on/,
  );
});

test("the order of the pictures mixes the classes, and is always the same", () => {
  const files = Object.fromEntries(["a", "b"].flatMap((c) => Array.from({ length: 20 }, (_, i) => [`d/${c}/${i}.png`, grey] as const)));
  const labels = answersOf(open(files).train);
  expect(answersOf(open(files).train)).toEqual(labels);
  const early = labels.slice(0, 20).filter((l) => l === 0).length;
  expect(early).toBeGreaterThan(4);
  expect(early).toBeLessThan(16);
});

test("pictures of different sizes are refused by the names of two", () => {
  const other = Uint8Array.from(grey);
  other[19] = W + 1;
  const said = refusal(() => open({ "d/a/1.png": grey, "d/a/2.png": other }));
  expect(said).toMatch(/^data\/invalid: images:d: the pictures have different sizes: d\/a\/\d\.png has \d+×9, and d\/a\/\d\.png \d+×9/);
});

test("what is damaged or no picture is refused by its name", () => {
  const broken = Uint8Array.from(grey, (b, i) => (i === 60 ? b ^ 255 : b));
  expect(refusal(() => open({ "d/a/1.png": broken }))).toMatch(/^data\/invalid: d\/a\/1\.png: the picture is damaged/);
  expect(refusal(() => open({ "d/a/1.png": grey.slice(0, 100) }))).toMatch(/^data\/invalid: d\/a\/1\.png: /);
  expect(refusal(() => open({ "d/a/1.png": bytesOfText("GIF89a and so on, long enough") }))).toMatch(
    /^data\/invalid: d\/a\/1\.png: this is neither PNG nor JPEG/,
  );
  for (const cut of [3, 40, 400, jpeg.length - 40])
    expect(
      refusal(() => open({ "d/a/1.jpg": jpeg.slice(0, cut) })),
      String(cut),
    ).toMatch(/^data\/invalid: d\/a\/1\.jpg: /);
});

test("a folder that is not there, or has no pictures, is missing; too many are refused before they are decoded", () => {
  expect(refusal(() => open({}))).toMatch(/^data\/missing: a folder of PNG or JPEG pictures for each class was not found in d\. /);
  expect(refusal(() => open({ "d/a.png": grey }))).toMatch(
    /^data\/missing: a folder of PNG or JPEG pictures for each class was not found in d\. Sort/,
  );
  expect(refusal(() => open({ "d/a/1.png": grey, "d/a/2.png": grey }, 2 * H * W - 1))).toMatch(/^memory\/limit: the examples of images:d take/);
});
