import { gunzipSync } from "fflate";
import { sizeOf } from "../../graph/tensor.js";
import { storedColumn } from "../data-set.js";
import type { Examples } from "../data-set.js";
import type { GREY } from "./grey.js";
import type { DataHost } from "../source.js";
import { invalid, refuseTooMuch } from "./refused.js";

/** Bytes in an IDX file, the format of MNIST: two zeros, the type 8, the number of axes, their sizes, big endian, and the elements. */
interface Idx {
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** Unpacks a file, if it is packed by gzip, which says at its end how many bytes there are. Errors `data/invalid`, `memory/limit`. */
function unpacked({ bytes, name }: Named, host: DataHost): Uint8Array {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b || bytes.length < 8) return bytes;
  refuseTooMuch(name, new DataView(bytes.buffer, bytes.byteOffset).getUint32(bytes.length - 4, true), host);
  try {
    return gunzipSync(bytes);
  } catch (cause) {
    return invalid("the packed file is damaged or cut off", name, { fix: "download it again", cause });
  }
}

/** Reads bytes in the format IDX. Error `data/invalid`. */
function readIdx(bytes: Uint8Array, axes: number, name: string): Idx {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const begin = 0x0800 + axes;
  const start = 4 + 4 * axes;
  if (bytes.length < start || view.getUint32(0) !== begin)
    invalid("this is no IDX file", name, {
      expected: `${axes} ${axes === 1 ? "axis" : "axes"} of bytes, so that it begins with 0x${begin.toString(16).padStart(8, "0")}`,
      received: bytes.length < 4 ? `${bytes.length} bytes` : `0x${view.getUint32(0).toString(16).padStart(8, "0")}`,
      fix: "download it again",
    });
  const shape = Array.from({ length: axes }, (_, i) => view.getUint32(4 + 4 * i));
  if (sizeOf(shape) !== bytes.length - start)
    invalid("the file is damaged or cut off", name, {
      expected: `${sizeOf(shape)} bytes of [${shape.join(", ")}]`,
      received: `${bytes.length - start}`,
      fix: "download it again",
    });
  return { shape, data: bytes.subarray(start) };
}

/** A file that was read, and what it is called in errors. */
export interface Named {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Returns grey images and their classes, 0 to 9, of two IDX files. Errors `data/invalid`, `memory/limit`. */
export function idxExamples(images: Named, labels: Named, scaling: typeof GREY, host: DataHost): Examples {
  const pictures = readIdx(unpacked(images, host), 3, images.name);
  const classes = readIdx(unpacked(labels, host), 1, labels.name);
  const [count, height, width] = pictures.shape as [number, number, number];
  if (classes.shape[0] !== count)
    invalid("there are not as many labels as images", labels.name, { expected: String(count), received: String(classes.shape[0]) });
  if (count === 0) invalid("there are no images", images.name);
  const strange = classes.data.findIndex((c) => c > 9);
  if (strange >= 0) invalid(`label ${strange} is ${classes.data[strange]!}`, labels.name, { expected: "0 to 9" });
  return {
    count,
    inputs: new Map([["", storedColumn({ dtype: "float32", shape: [1, height, width] }, pictures.data, scaling)]]),
    answers: { kind: "labels", column: storedColumn({ dtype: "int64", shape: [] }, classes.data), classes: 10 },
  };
}
