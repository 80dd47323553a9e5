import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allocate, sizeOf } from "../../src/graph/tensor.js";
import type { DType, Tensor } from "../../src/graph/tensor.js";
import { readSafetensors, writeSafetensors } from "../../src/io/safetensors.js";
import { IsogradError } from "../../src/util/errors.js";

const DTYPES = [
  "float32",
  "float64",
  "int8",
  "int16",
  "int32",
  "int64",
  "uint8",
  "uint16",
  "uint32",
  "uint64",
  "bool",
] as const satisfies readonly DType[];
const RANGE: Record<(typeof DTYPES)[number], fc.Arbitrary<number>> = {
  float32: fc.float({ noNaN: false }),
  float64: fc.double({ noNaN: false }),
  int8: fc.integer({ min: -128, max: 127 }),
  int16: fc.integer({ min: -32768, max: 32767 }),
  int32: fc.integer(),
  int64: fc.maxSafeInteger(),
  uint8: fc.nat(255),
  uint16: fc.nat(65535),
  uint32: fc.nat(2 ** 32 - 1),
  uint64: fc.maxSafeNat(),
  bool: fc.nat(1),
};

/** Any tensor of up to some dozens of elements. */
export const anyTensor: fc.Arbitrary<Tensor> = fc.tuple(fc.constantFrom(...DTYPES), fc.array(fc.nat(4), { maxLength: 4 })).chain(([dtype, shape]) =>
  fc.array(RANGE[dtype], { minLength: sizeOf(shape), maxLength: sizeOf(shape) }).map((values): Tensor => {
    const data = allocate(dtype, values.length);
    values.forEach((v, i) => (data[i] = v));
    return { dtype, shape, data };
  }),
);
const anyName = fc.oneof(fc.string(), fc.constantFrom("__proto__", "constructor", "0", "17", "ü", "a\nb", "\u0000", "x".repeat(1000)));
const anyFile = fc
  .uniqueArray(fc.tuple(anyName, anyTensor), { selector: ([k]) => k, maxLength: 8 })
  .map((list) => new Map(list.filter(([k]) => k !== "__metadata__")));

const bytesOf = (tensors: ReadonlyMap<string, Tensor>, metadata = {}): Buffer => Buffer.concat(writeSafetensors(tensors, metadata));

const refused = (bytes: Uint8Array): string => {
  try {
    readSafetensors(bytes, "b.safetensors");
  } catch (error) {
    expect(error).toBeInstanceOf(IsogradError);
    expect((error as IsogradError).code).toBe("safetensors/invalid");
    return (error as IsogradError).message;
  }
  return "accepted";
};

describe("safetensors", () => {
  it("what is written is read: names, types, shapes, every bit", () => {
    fc.assert(
      fc.property(anyFile, (file) => {
        const back = readSafetensors(bytesOf(file, { producer: "test" }));
        expect([...back.keys()].sort()).toEqual([...file.keys()].sort());
        for (const [key, t] of file) expect(back.get(key)).toEqual(t);
      }),
    );
  });

  it("headers are aligned, and offsets fill the file without gaps", () => {
    fc.assert(
      fc.property(anyFile, (file) => {
        const bytes = bytesOf(file);
        const length = Number(bytes.readBigUInt64LE(0));
        expect((8 + length) % 8).toBe(0);
        const offsets = Object.values(JSON.parse(bytes.subarray(8, 8 + length).toString()) as Record<string, { data_offsets: [number, number] }>).map(
          (e) => e.data_offsets,
        );
        offsets.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
        let at = 0;
        for (const [from, to] of offsets) {
          expect(from).toBe(at);
          at = to;
        }
        expect(8 + length + at).toBe(bytes.length);
      }),
    );
  });

  it("a damaged file is read or refused, nothing else", () => {
    fc.assert(
      fc.property(anyFile, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }), fc.nat(), (file, flips, cut) => {
        const bytes = bytesOf(file);
        for (const [at, v] of flips) bytes[at % bytes.length] = v;
        refused(cut % 3 === 0 ? bytes.subarray(0, cut % (bytes.length + 1)) : bytes);
      }),
      { numRuns: 500 },
    );
  });

  it("junk is refused", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (junk) => void refused(junk)));
  });

  const header = (text: string, data = new Uint8Array(8)): Buffer => {
    const head = Buffer.alloc(8);
    head.writeBigUInt64LE(BigInt(Buffer.byteLength(text)), 0);
    return Buffer.concat([head, Buffer.from(text), data]);
  };
  it.each([
    ["nothing", Buffer.alloc(0), /shorter/],
    ["a header longer than the file", header("{}").fill(0xff, 0, 7), /header claims/],
    ["no JSON", header("{"), /not JSON/],
    ["a list", header("[]"), /not an object/],
    ["text that is not UTF-8", header("{}").fill(0xff, 8, 10), /not JSON/],
    ["an unknown type", header('{"x":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]}}'), /unknown element type "F8_E4M3"/],
    ["no type", header('{"x":{"shape":[2],"data_offsets":[0,8]}}'), /no element type/],
    ["no entry", header('{"x":null}'), /no element type/],
    ["a type of an object's member", header('{"x":{"dtype":"constructor","shape":[2],"data_offsets":[0,8]}}'), /unknown element type/],
    ["a negative dim", header('{"x":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}'), /no valid shape/],
    ["a dim beyond all numbers", header('{"x":{"dtype":"F32","shape":[1e400],"data_offsets":[0,8]}}'), /no valid shape/],
    ["a fraction of a dim", header('{"x":{"dtype":"F32","shape":[1.5],"data_offsets":[0,8]}}'), /no valid shape/],
    ["a thousand dims", header(`{"x":{"dtype":"F32","shape":[2${",1".repeat(1000)}],"data_offsets":[0,8]}}`), /no valid shape/],
    ["dims beyond any memory", header('{"x":{"dtype":"F32","shape":[9007199254740991,9007199254740991],"data_offsets":[0,8]}}'), /needs/],
    ["offsets beyond the file", header('{"x":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}'), /beyond the end/],
    ["offsets that run backwards", header('{"x":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}'), /beyond the end/],
    ["bytes that do not fill the shape", header('{"x":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}'), /needs 12 bytes and has 8/],
    [
      "tensors that overlap",
      header('{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"y":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'),
      /overlap/,
    ],
  ])("%s: refused", (_, bytes, why) => expect(refused(bytes)).toMatch(why));

  it("halves are read as float32", () => {
    const data = new Uint8Array(Uint16Array.of(0x3c00, 0xfc00, 0x3f80, 0xc040).buffer);
    const file = readSafetensors(
      header('{"h":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},"b":{"dtype":"BF16","shape":[2],"data_offsets":[4,8]}}', data),
    );
    expect([file.get("h")!.dtype, ...file.get("h")!.data]).toEqual(["float32", 1, -Infinity]);
    expect([file.get("b")!.dtype, ...file.get("b")!.data]).toEqual(["float32", 1, -3]);
  });

  it("has no place for a tensor named as its metadata", () => {
    expect(() => writeSafetensors(new Map([["__metadata__", { dtype: "float32", shape: [], data: new Float32Array(1) } satisfies Tensor]]))).toThrow(
      /__metadata__/,
    );
  });
});
