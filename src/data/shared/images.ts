import { sizeOf } from "../../graph/tensor.js";
import type { DType } from "../../graph/tensor.js";
import { storedColumn } from "../data-set.js";
import type { Column } from "../data-set.js";

/** Channels that an image has: grey, red-green-blue, or these and opacity. */
const CHANNELS = [1, 3, 4];

/** Whether examples of this shape are images whose channels are their last axis. */
export const hasChannelsLast = ([first = 0, height = 0, channels = 0, ...more]: readonly number[]): boolean =>
  more.length === 0 && CHANNELS.includes(channels) && !CHANNELS.includes(first) && first > 4 && height > 4;

/** Images with their channels first, of stored ones that have them last. */
export function channelsFirst(dtype: DType, shape: readonly number[], data: ArrayLike<number>): Column {
  const [height, width, channels] = shape as [number, number, number];
  const pixels = height * width;
  return {
    type: { dtype, shape: [channels, height, width] },
    turned: true,
    copy(index, out, at) {
      const from = index * pixels * channels;
      for (let c = 0; c < channels; c++) for (let p = 0; p < pixels; p++) out[at + c * pixels + p] = data[from + p * channels + c]!;
    },
  };
}

/** Images of bytes, 0 to 255, given from 0 to 1; those of one channel may lie without that axis. The bytes themselves are kept for a network that takes them. */
export function byteImages(shape: readonly number[], data: ArrayLike<number>): Column {
  const stored = { dtype: "uint8" as const, shape: shape.length === 2 ? [1, ...shape] : shape };
  const bytes = hasChannelsLast(shape) ? channelsFirst("uint8", shape, data) : storedColumn(stored, data);
  const size = sizeOf(bytes.type.shape);
  return {
    type: { dtype: "float32", shape: bytes.type.shape },
    bytes,
    turned: bytes.turned,
    copy(index, out, at) {
      bytes.copy(index, out, at);
      for (let i = at; i < at + size; i++) out[i] = out[i]! / 255;
    },
  };
}
