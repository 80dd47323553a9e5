import { allocate, sizeOf } from "../../graph/tensor.js";
import type { DType, NumericArray, Tensor } from "../../graph/tensor.js";
import { invalid } from "./refused.js";

/** An element type of numpy: ours, the bytes of one, and how one is read. */
interface Kind {
  readonly dtype: DType;
  readonly bytes: number;
  read(view: DataView, at: number, little: boolean): number;
}

const kind = (dtype: DType, bytes: number, read: Kind["read"]): Kind => ({ dtype, bytes, read });

const KINDS: Readonly<Record<string, Kind>> = {
  b1: kind("bool", 1, (v, at) => (v.getUint8(at) === 0 ? 0 : 1)),
  i1: kind("int8", 1, (v, at) => v.getInt8(at)),
  i2: kind("int16", 2, (v, at, little) => v.getInt16(at, little)),
  i4: kind("int32", 4, (v, at, little) => v.getInt32(at, little)),
  i8: kind("int64", 8, (v, at, little) => Number(v.getBigInt64(at, little))),
  u1: kind("uint8", 1, (v, at) => v.getUint8(at)),
  u2: kind("uint16", 2, (v, at, little) => v.getUint16(at, little)),
  u4: kind("uint32", 4, (v, at, little) => v.getUint32(at, little)),
  u8: kind("uint64", 8, (v, at, little) => Number(v.getBigUint64(at, little))),
  f2: kind("float32", 2, (v, at, little) => half(v.getUint16(at, little))),
  f4: kind("float32", 4, (v, at, little) => v.getFloat32(at, little)),
  f8: kind("float64", 8, (v, at, little) => v.getFloat64(at, little)),
};

/** The number that 16 bits of IEEE 754 stand for. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** Types that numpy has and a network does not take, by their letter. */
const OTHERS: Readonly<Record<string, string>> = {
  U: "text",
  S: "text",
  a: "text",
  O: "Python objects",
  c: "complex numbers",
  M: "dates",
  m: "spans of time",
  V: "records",
};

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** Reads an array as numpy writes it (.npy, format versions 1 to 3), in the order of C whatever its own. Error `data/invalid`. */
export function readNpy(bytes: Uint8Array, name: string): Tensor {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 10 || MAGIC.some((b, i) => bytes[i] !== b))
    invalid("this is no array of numpy", name, { expected: "a file that begins with \\x93NUMPY" });
  const version = bytes[6]!;
  if (version < 1 || version > 3) invalid("the array has an unknown format version", name, { expected: "1, 2 or 3", received: String(version) });
  const start = version === 1 ? 10 : 12;
  if (bytes.length < start) invalid("the header is cut off", name);
  const end = start + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (end > bytes.length) invalid("the header is cut off", name, { expected: `${end} bytes`, received: `${bytes.length} bytes` });
  const { descr, fortran, shape } = header(new TextDecoder(version === 3 ? "utf-8" : "latin1").decode(bytes.subarray(start, end)), name);
  const known = KINDS[descr.slice(1)];
  if (!known || !"<>|=".includes(descr[0]!)) {
    const other = OTHERS[descr.replace(/^[<>|=]/, "")[0] ?? ""];
    return invalid(`the array holds ${other ?? `elements of type ${descr}`}`, name, {
      expected: "numbers or bools",
      fix: "save it as numbers: a.astype('float32'), or classes counted from 0",
    });
  }
  const size = sizeOf(shape);
  const left = bytes.length - end;
  if (!Number.isSafeInteger(size) || size * known.bytes !== left)
    invalid("the array has another length than its header says", name, {
      expected: `${size * known.bytes} bytes of [${shape.join(", ")}]`,
      received: `${left} bytes`,
    });
  const data = fortran && shape.length > 1 ? undefined : inPlace(bytes, end, size, known, descr);
  if (data) return { dtype: known.dtype, shape, data };
  const out = allocate(known.dtype, size);
  const order = fortran ? fromFortran(shape) : (i: number) => i;
  for (let i = 0; i < size; i++) out[i] = known.read(view, end + order(i) * known.bytes, !descr.startsWith(">"));
  return { dtype: known.dtype, shape, data: out };
}

/** The elements where they lie, if they lie there as this machine has them; undefined where they must be read one by one. */
function inPlace(bytes: Uint8Array, from: number, size: number, { dtype, bytes: width }: Kind, descr: string): NumericArray | undefined {
  const native = !descr.startsWith(">") || width === 1;
  const at = bytes.byteOffset + from;
  if (!native || dtype === "int64" || dtype === "uint64" || dtype === "bool" || descr.endsWith("f2") || at % width !== 0) return undefined;
  const Elements = allocate(dtype, 0).constructor as new (buffer: ArrayBufferLike, at: number, length: number) => NumericArray;
  return new Elements(bytes.buffer, at, size);
}

/** Where, in an array whose first axis runs fastest, the element lies that is number i in an array whose last one does. */
function fromFortran(shape: readonly number[]): (i: number) => number {
  const strides = shape.map((_, axis) => sizeOf(shape.slice(0, axis)));
  return (i) => {
    let [at, rest] = [0, i];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const d = shape[axis]!;
      at += (rest % d) * strides[axis]!;
      rest = Math.floor(rest / d);
    }
    return at;
  };
}

/** Reads the header, which is a dict of Python as it prints itself. */
function header(text: string, name: string): { readonly descr: string; readonly fortran: boolean; readonly shape: readonly number[] } {
  const shape = /'shape'\s*:\s*\(([\d\s,L]*)\)/.exec(text)?.[1];
  const fortran = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1];
  const descr = /'descr'\s*:\s*'([^']+)'/.exec(text)?.[1] ?? (/'descr'\s*:\s*\[/.test(text) ? "|V" : undefined);
  if (shape === undefined || fortran === undefined || descr === undefined)
    return invalid("the header is no header of numpy", name, { received: text.slice(0, 80) });
  const dims = shape.split(",").flatMap((d) => (d.trim() === "" ? [] : [Number(d.trim().replace("L", ""))]));
  return { descr, fortran: fortran === "True", shape: dims };
}
