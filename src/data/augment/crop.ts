import { sizeOf } from "../../graph/tensor.js";
import { drawsOf } from "./augmentation.js";
import type { Augmentation } from "./augmentation.js";

/** Zeros around an image, of which a piece of the image's own size is cut out. */
const PADDING = 4;

/** Images are moved by up to four pixels in both directions (He, Zhang, Ren & Sun 2016). */
export const crop: Augmentation = {
  name: "crop",
  summary: `each image gets ${PADDING} pixels of zeros on every side, of which a piece of its own size is cut out at random (He et al. 2016)`,
  of(images, seed) {
    const draws = drawsOf("crop", seed);
    const [channels, height, width] = images.type.shape as [number, number, number];
    const whole = new Float32Array(sizeOf(images.type.shape));
    return {
      ...images,
      bytes: undefined,
      copy(index, out, at, epoch = 0) {
        images.copy(index, whole, 0, epoch);
        const random = draws(epoch);
        const shift = (k: number): number => Math.floor(random.uniform(2 * index + k) * (2 * PADDING + 1)) - PADDING;
        const [down, right] = [shift(0), shift(1)];
        out.fill(0, at, at + whole.length);
        const [from, to] = [Math.max(0, -right), Math.min(width, width - right)];
        for (let c = 0; c < channels; c++)
          for (let y = Math.max(0, -down); y < Math.min(height, height - down); y++) {
            const source = (c * height + y + down) * width + right;
            if (from < to) out.set(whole.subarray(source + from, source + to), at + (c * height + y) * width + from);
          }
      },
    };
  },
};
