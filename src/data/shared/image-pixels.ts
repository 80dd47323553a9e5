import { convertIndexedToRgb, decode as decodePng } from "fast-png";
import type { DecodedPng } from "fast-png";
import jpeg from "jpeg-js";
import type { ImageHead } from "./image-head.js";
import { invalid } from "./refused.js";

/** Pixels row by row, the numbers of each behind one another: those of the first channels are 0 to 255. */
interface Pixels {
  readonly data: ArrayLike<number>;
  readonly channels: number;
}

/** Writes a picture's bytes into `out` from `at` on, channel by channel: one of grey, or red, green and blue. What it has of opacity is left out. Error `data/invalid`. */
export function pixelsInto(out: Uint8Array, at: number, channels: 1 | 3, bytes: Uint8Array, head: ImageHead, name: string): void {
  const { data, channels: own } = decoded(bytes, head, name);
  const size = head.width * head.height;
  if (data.length !== size * own) invalid("the picture is damaged or cut off", name);
  for (let c = 0; c < channels; c++) {
    const from = own < 3 ? 0 : c;
    for (let p = 0; p < size; p++) out[at + c * size + p] = data[p * own + from]!;
  }
}

function decoded(bytes: Uint8Array, { format }: ImageHead, name: string): Pixels {
  try {
    if (format === "jpeg") {
      const { data } = jpeg.decode(bytes, { useTArray: true, formatAsRGBA: false, tolerantDecoding: false, maxMemoryUsageInMB: 4096 });
      return { data, channels: 3 };
    }
    return pngPixels(decodePng(bytes, { checkCrc: true }));
  } catch (cause) {
    return invalid(`the picture is damaged: ${(cause as Error).message}`, name, { cause });
  }
}

function pngPixels(png: DecodedPng): Pixels {
  const { data, depth, channels, palette, width, height } = png;
  if (palette) return { data: convertIndexedToRgb(png), channels: palette[0]!.length };
  if (depth === 8) return { data, channels };
  if (depth === 16) return { data: Uint8Array.from(data, (v) => v >> 8), channels };
  // Greys of 1, 2 or 4 bits lie in bytes, each row beginning a new one.
  const row = Math.ceil((width * depth) / 8);
  const most = 2 ** depth - 1;
  const grey = new Uint8Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const bit = x * depth;
      grey[y * width + x] = (255 * ((data[y * row + (bit >> 3)]! >> (8 - depth - (bit & 7))) & most)) / most;
    }
  return { data: grey, channels: 1 };
}
