import { ScalarType } from "@bufbuild/protobuf";
import type { DescField, DescMessage } from "@bufbuild/protobuf";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";

// A protobuf of a few megabytes can decode into gigabytes of objects: two bytes make an empty node. The size after decoding is
// therefore estimated first, so that such a file can be refused. Constants are bytes that JavaScript takes for each object.

const MESSAGE_BYTES = 400;
const BIGINT_BYTES = 32;
const NUMBER_BYTES = 8;
const STRING_BYTES = 48;

const DEPTH_LIMIT = 100;

const fieldsOf = new Map<DescMessage, ReadonlyMap<number, DescField>>();

/** Returns the fields of a message type by number. */
function fields(desc: DescMessage): ReadonlyMap<number, DescField> {
  let map = fieldsOf.get(desc);
  if (!map) fieldsOf.set(desc, (map = new Map(desc.fields.map((f) => [f.number, f]))));
  return map;
}

const BIG: ReadonlySet<ScalarType> = new Set([ScalarType.INT64, ScalarType.UINT64, ScalarType.SINT64, ScalarType.FIXED64, ScalarType.SFIXED64]);
const WIDE: ReadonlySet<ScalarType> = new Set([ScalarType.DOUBLE, ScalarType.FIXED64, ScalarType.SFIXED64]);
const NARROW: ReadonlySet<ScalarType> = new Set([ScalarType.FLOAT, ScalarType.FIXED32, ScalarType.SFIXED32]);

/**
 * Estimates the bytes of objects into which a message decodes, without its raw bytes. Linear in the number of fields; stops as
 * soon as the total exceeds `limit`. For damaged bytes it returns the total so far; decoding reports the error.
 */
export function decodedBytes(desc: DescMessage, bytes: Uint8Array, limit: number): number {
  let total = 0;
  const visit = (message: DescMessage, part: Uint8Array, depth: number): void => {
    total += MESSAGE_BYTES;
    if (depth > DEPTH_LIMIT) return;
    const known = fields(message);
    const reader = new BinaryReader(part);
    while (reader.pos < reader.len && total <= limit) {
      const [number, wire] = reader.tag();
      const field = known.get(number);
      if (wire !== WireType.LengthDelimited || !field) {
        reader.skip(wire, number);
        total += field ? BIGINT_BYTES : STRING_BYTES;
      } else if (field.message) visit(field.message, reader.bytes(), depth + 1);
      else total += listBytes(field, reader.bytes().length);
    }
  };
  try {
    visit(desc, bytes, 0);
  } catch {
    return total;
  }
  return total;
}

/** Estimates the decoded bytes of a field of `length` bytes: a string, raw bytes, or a packed list whose numbers take at least one byte each. */
function listBytes(field: DescField, length: number): number {
  const scalar = field.scalar;
  if (scalar === undefined || scalar === ScalarType.BYTES) return STRING_BYTES;
  if (scalar === ScalarType.STRING) return STRING_BYTES + length;
  const count = WIDE.has(scalar) ? length / 8 : NARROW.has(scalar) ? length / 4 : length;
  return count * (BIG.has(scalar) ? BIGINT_BYTES : NUMBER_BYTES);
}
