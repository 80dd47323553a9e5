import { drawsOf } from "./augmentation.js";
import type { Augmentation } from "./augmentation.js";

/** Every second image, by chance, is turned over, left to right. */
export const flip: Augmentation = {
  name: "flip",
  summary: "half of the images are turned over, left to right",
  of(images, seed) {
    const draws = drawsOf("flip", seed);
    const [channels, height, width] = images.type.shape as [number, number, number];
    return {
      ...images,
      bytes: undefined,
      copy(index, out, at, epoch = 0) {
        images.copy(index, out, at, epoch);
        if (draws(epoch).uniform(index) < 0.5) return;
        for (let row = 0; row < channels * height; row++) out.subarray(at + row * width, at + (row + 1) * width).reverse();
      },
    };
  },
};
