// The wire format of Protocol Buffers, as far as an ONNX file needs it: https://protobuf.dev/programming-guides/encoding.

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

/** Arrays of this many bytes are copied once, at the end: not when the buffer grows, nor when a length in front of them takes more bytes. */
const LONG = 1024;

const utf8 = new TextEncoder();
const scratch = new DataView(new ArrayBuffer(4));
const scratchBytes = new Uint8Array(scratch.buffer);

/** Number of bytes of a varint of at most 53 bits. */
function varintSize(value: number): number {
  let size = 1;
  for (let v = value; v >= 128; v /= 128) size++;
  return size;
}

/** Writes a message field by field, in the order in which it is told. */
export class ProtoWriter {
  #out = new Uint8Array(LONG);
  #at = 0;
  /** Long arrays, each with the position in `#out` that it stands before. */
  readonly #long: { at: number; readonly value: Uint8Array }[] = [];
  #longBytes = 0;

  /** Adds a field of type int32, int64 or enum; negative numbers take ten bytes. */
  integer(number: number, value: number | bigint): void {
    this.#key(number, VARINT);
    if (value >= 0 && value <= Number.MAX_SAFE_INTEGER) {
      this.#varint(Number(value));
      return;
    }
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest > BigInt(Number.MAX_SAFE_INTEGER); rest >>= 7n) this.#out[this.#at++] = Number(rest & 127n) | 128;
    this.#varint(Number(rest));
  }

  /** Adds a field of type float. Error: a finite number beyond the range of float32. */
  float(number: number, value: number): void {
    if (Number.isFinite(value) && !Number.isFinite(Math.fround(value))) throw new RangeError(`invalid float32: ${value}`);
    this.#key(number, FIXED_32);
    scratch.setFloat32(0, value, true);
    this.#out.set(scratchBytes, this.#at);
    this.#at += 4;
  }

  /** Adds a field of type bytes. A long array must not change before `finish`. */
  bytes(number: number, value: Uint8Array): void {
    this.#key(number, LENGTH_DELIMITED);
    this.#varint(value.length);
    if (value.length >= LONG) {
      this.#long.push({ at: this.#at, value });
      this.#longBytes += value.length;
    } else {
      this.#reserve(value.length);
      this.#out.set(value, this.#at);
      this.#at += value.length;
    }
  }

  /** Adds a field of type string, in UTF-8. */
  string(number: number, value: string): void {
    const start = this.#at;
    this.#key(number, LENGTH_DELIMITED);
    this.#varint(value.length);
    this.#reserve(value.length);
    const out = this.#out;
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i);
      if (code > 127) {
        this.#at = start;
        this.bytes(number, utf8.encode(value));
        return;
      }
      out[this.#at + i] = code;
    }
    this.#at += value.length;
  }

  /** Adds a field that is a message itself, whose fields `write` adds. */
  message(number: number, write: () => void): void {
    this.#key(number, LENGTH_DELIMITED);
    const [start, long, longBytes] = [this.#at, this.#long.length, this.#longBytes];
    // One byte for a length that is not known yet: enough for most messages.
    this.#at++;
    write();
    const length = this.#at - start - 1 + this.#longBytes - longBytes;
    const more = varintSize(length) - 1;
    this.#reserve(more);
    if (more > 0) {
      this.#out.copyWithin(start + 1 + more, start + 1, this.#at);
      for (let i = long; i < this.#long.length; i++) this.#long[i]!.at += more;
    }
    const end = this.#at + more;
    this.#at = start;
    this.#varint(length);
    this.#at = end;
  }

  /** Returns the message, in an array of exactly its size. */
  finish(): Uint8Array<ArrayBuffer> {
    const result = new Uint8Array(this.#at + this.#longBytes);
    let [from, to] = [0, 0];
    for (const { at, value } of this.#long) {
      result.set(this.#out.subarray(from, at), to);
      result.set(value, to + at - from);
      to += at - from + value.length;
      from = at;
    }
    result.set(this.#out.subarray(from, this.#at), to);
    return result;
  }

  /** Makes room for some bytes, and a key and a number behind them. */
  #reserve(bytes: number): void {
    const needed = this.#at + bytes + 20;
    if (needed <= this.#out.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * this.#out.length));
    larger.set(this.#out.subarray(0, this.#at));
    this.#out = larger;
  }

  #key(number: number, wireType: number): void {
    this.#reserve(0);
    this.#varint(number * 8 + wireType);
  }

  /** Writes a number of at most 53 bits, 7 bits a byte, the lowest first; the highest bit of a byte says that more follow. */
  #varint(value: number): void {
    let v = value;
    for (; v >= 128; v = Math.floor(v / 128)) this.#out[this.#at++] = (v % 128) | 128;
    this.#out[this.#at++] = v;
  }
}
