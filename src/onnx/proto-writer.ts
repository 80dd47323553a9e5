// The wire format of Protocol Buffers, as far as an ONNX file needs it: https://protobuf.dev/programming-guides/encoding. Sizes are known before anything
// is written, so that every byte is written once, into an array of exactly the message's size.

/** A field of a message, ready to be written. */
export interface Field {
  /** Number of bytes. */
  readonly size: number;
  /** Writes the field at position `at` of `out`, and returns the position behind it. */
  write(out: Uint8Array, at: number): number;
}

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

/** The key of a field: its number and how its value is written. */
const keyOf = (number: number, wireType: number): number => number * 8 + wireType;

/** Returns the two's complement in 64 bits, as a number where that is exact. */
function unsigned(value: number | bigint): number | bigint {
  if (value >= 0 && value <= Number.MAX_SAFE_INTEGER) return Number(value);
  return BigInt.asUintN(64, BigInt(value));
}

function varintSize(value: number | bigint): number {
  let size = 1;
  if (typeof value === "number") for (let v = value; v >= 128; v /= 128) size++;
  else for (let v = value; v >= 128n; v >>= 7n) size++;
  return size;
}

/** Writes 7 bits a byte, the lowest first; the highest bit of a byte says that more follow. */
function putVarint(out: Uint8Array, at: number, value: number | bigint): number {
  let rest = value;
  for (; typeof rest === "bigint" && rest > BigInt(Number.MAX_SAFE_INTEGER); rest >>= 7n) out[at++] = Number(rest & 127n) | 128;
  let v = Number(rest);
  for (; v >= 128; v = Math.floor(v / 128)) out[at++] = (v % 128) | 128;
  out[at++] = v;
  return at;
}

/** Makes a field of type int32, int64 or enum; negative numbers take ten bytes. */
export function integer(number: number, value: number | bigint): Field {
  const key = keyOf(number, VARINT);
  const v = unsigned(value);
  return { size: varintSize(key) + varintSize(v), write: (out, at) => putVarint(out, putVarint(out, at, key), v) };
}

const scratch = new DataView(new ArrayBuffer(4));
const scratchBytes = new Uint8Array(scratch.buffer);

/** Makes a field of type float. Error: a finite number beyond the range of float32. */
export function float(number: number, value: number): Field {
  if (Number.isFinite(value) && !Number.isFinite(Math.fround(value))) throw new RangeError(`invalid float32: ${value}`);
  const key = keyOf(number, FIXED_32);
  return {
    size: varintSize(key) + 4,
    write(out, at) {
      const start = putVarint(out, at, key);
      scratch.setFloat32(0, value, true);
      out.set(scratchBytes, start);
      return start + 4;
    },
  };
}

function delimited(number: number, length: number, put: (out: Uint8Array, at: number) => void): Field {
  const key = keyOf(number, LENGTH_DELIMITED);
  return {
    size: varintSize(key) + varintSize(length) + length,
    write(out, at) {
      const start = putVarint(out, putVarint(out, at, key), length);
      put(out, start);
      return start + length;
    },
  };
}

/** Makes a field of type bytes. They are not copied until they are written. */
export const bytes = (number: number, value: Uint8Array): Field => delimited(number, value.length, (out, at) => out.set(value, at));

const utf8 = new TextEncoder();

/** Makes a field of type string, in UTF-8. */
export function string(number: number, value: string): Field {
  for (let i = 0; i < value.length; i++) if (value.charCodeAt(i) > 127) return bytes(number, utf8.encode(value));
  return delimited(number, value.length, (out, at) => {
    for (let i = 0; i < value.length; i++) out[at + i] = value.charCodeAt(i);
  });
}

const sizeOf = (fields: readonly Field[]): number => fields.reduce((sum, f) => sum + f.size, 0);

function put(fields: readonly Field[], out: Uint8Array, at: number): void {
  let position = at;
  for (const f of fields) position = f.write(out, position);
}

/** Makes a field that is a message itself. */
export const message = (number: number, fields: readonly Field[]): Field => delimited(number, sizeOf(fields), (out, at) => put(fields, out, at));

/** Encodes a message. */
export function encode(fields: readonly Field[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(sizeOf(fields));
  put(fields, out, 0);
  return out;
}
