import { describe, expect, test } from "vitest";
import { openZip } from "../../src/io/zip.js";
import { openData } from "../../src/data/open-data.js";
import type { DataSet } from "../../src/data/data-set.js";
import { readNpy } from "../../src/data/shared/npy.js";
import { answersOf, dataHost, example, fixture, inputOf, refusal } from "../support/data-host.js";

const open = (name: string, bytes = fixture(name), memory = Infinity): DataSet => openData(name, dataHost({ [name]: bytes }, memory), 1);

const arrays = (file: string): Map<string, Uint8Array> => {
  const zip = openZip(fixture(file), file);
  return new Map([...zip.read(zip.entries.keys(), Infinity)].map(([name, bytes]) => [name.replace(".npy", ""), bytes]));
};

const KINDS = {
  b1: "bool",
  i1: "int8",
  i2: "int16",
  i4: "int32",
  i8: "int64",
  u1: "uint8",
  u2: "uint16",
  u4: "uint32",
  u8: "uint64",
  f2: "float32",
  f4: "float32",
  f8: "float64",
};
/** The grid of tools/fixtures/make_data.py. */
const grid = (kind: string): number[] =>
  Array.from({ length: 12 }, (_, k) => 10 * Math.floor(k / 3) + (k % 3)).map((v) => (kind === "b1" ? v % 2 : kind.startsWith("u") ? v : v - 5));

describe.each(["every.npz", "every-packed.npz"])("%s", (file) => {
  const read = arrays(file);
  test.each(Object.entries(KINDS))("%s is %s in both byte orders and both orders of elements", (kind, dtype) => {
    for (const name of [kind, `${kind}-big`, `${kind}-fortran`]) {
      const t = readNpy(read.get(name)!, name);
      expect([t.dtype, t.shape, [...t.data]], name).toEqual([dtype, [4, 3], grid(kind)]);
    }
  });
  test("halves, three axes in the order of Fortran, a scalar and an empty array", () => {
    expect([...readNpy(read.get("halves")!, "halves").data]).toEqual([0, -0, 1, -2.5, 65504, 2 ** -24, -(2 ** -14), Infinity, -Infinity, NaN]);
    const cube = readNpy(read.get("cube-fortran")!, "cube");
    expect([cube.shape, [...cube.data]]).toEqual([[2, 3, 4], Array.from({ length: 24 }, (_, i) => i)]);
    expect(readNpy(read.get("scalar")!, "scalar")).toEqual({ dtype: "float64", shape: [], data: Float64Array.of(7) });
    expect(readNpy(read.get("none")!, "none").shape).toEqual([0, 3]);
  });
});

test.each(["version-2.npz", "version-3.npz"])("%s: arrays by the names of the network's inputs, and labels", (file) => {
  const { train, validation, standardised } = open(file);
  expect([...train.inputs.keys()]).toEqual(["x"]);
  expect([train.count, train.answers!.kind, train.answers!.classes, answersOf(train)]).toEqual([4, "labels", 4, [0, 1, 2, 3]]);
  expect(example(inputOf(train), 2)).toEqual([20, 21, 22]);
  expect([validation, standardised]).toEqual([undefined, false]);
});

test("x_train, y_train, x_test and y_test: images of bytes with channels last, as parts of 255, and their classes", () => {
  const { train, validation, about } = open("keras.npz");
  const raw = readNpy(arrays("keras.npz").get("x_train")!, "x_train");
  const x = inputOf(train);
  expect([train.count, validation!.count, x.type]).toEqual([6, 2, { dtype: "float32", shape: [3, 8, 7] }]);
  const [c, row, column] = [2, 5, 3];
  expect(example(x, 4)[c * 56 + row * 7 + column]).toBe(Math.fround(raw.data[((4 * 8 + row) * 7 + column) * 3 + c]! / 255));
  expect(example(x.bytes!, 4)[c * 56 + row * 7 + column]).toBe(raw.data[((4 * 8 + row) * 7 + column) * 3 + c]!);
  expect([train.answers!.column.type.shape, train.answers!.classes, answersOf(train), answersOf(validation!)]).toEqual([
    [],
    3,
    [0, 1, 2, 0, 1, 2],
    [1, 2],
  ]);
  expect(about).toContain("parts of 255");
});

test("a y of floats is a target of one number an example", () => {
  const { train } = open("regression.npz");
  expect([[...train.inputs.keys()], train.answers!.kind, train.answers!.column.type]).toEqual([["X"], "target", { dtype: "float32", shape: [1] }]);
});

test.each([
  ["text.npz", "holds text"],
  ["objects.npz", "holds Python objects"],
  ["complex.npz", "holds complex numbers"],
  ["records.npz", "holds records"],
])("%s is refused: the array %s", (file, what) => {
  const said = refusal(() => open(file));
  expect(said).toMatch(/^data\/invalid: /);
  expect(said).toContain(`${file} ▸ x: the array ${what}`);
});

test("files that are damaged, cut off, empty or no zip", () => {
  const whole = fixture("version-2.npz");
  for (const cut of [0, 10, 100, whole.length - 30])
    expect(
      refusal(() => open("cut.npz", whole.slice(0, cut))),
      String(cut),
    ).toMatch(/^data\/invalid: cut\.npz: /);
  const npy = arrays("every.npz").get("f4")!;
  for (const cut of [0, 8, 11, 60, npy.length - 1])
    expect(
      refusal(() => readNpy(npy.slice(0, cut), "a.npz ▸ f4")),
      String(cut),
    ).toMatch(/^data\/invalid: a\.npz ▸ f4: /);
  expect(
    refusal(() =>
      readNpy(
        Uint8Array.from(npy, (b, i) => (i === 6 ? 9 : b)),
        "a",
      ),
    ),
  ).toContain("unknown format version");
  expect(
    refusal(() =>
      readNpy(
        Uint8Array.from(npy, (b, i) => (i === 12 ? 0 : b)),
        "a",
      ),
    ),
  ).toContain("no header of numpy");
});

test("more than the memory allows is refused before it is unpacked", () => {
  expect(refusal(() => open("every-packed.npz", fixture("every-packed.npz"), 8000))).toMatch(
    /^memory\/limit: the examples of every-packed\.npz take .* GiB of memory/,
  );
});
