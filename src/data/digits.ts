import { gunzipSync } from "fflate";
import { readSafetensors } from "../io/safetensors.js";
import type { DataSet, Examples } from "./data-set.js";
import { storedColumn } from "./data-set.js";

/** Where the packed sample lies beside this program. */
export const DIGITS_URL: URL = new URL("../../assets/digits.safetensors.gz", import.meta.url);

/** The mean and the standard deviation of the pixels of MNIST's training images, in parts of white. */
export const MNIST_MEAN = 0.1307;
export const MNIST_DEVIATION = 0.3081;

/** Standardises bytes of grey as is usual for MNIST. */
export const GREY = { shift: 255 * MNIST_MEAN, factor: 1 / (255 * MNIST_DEVIATION) };

/** Returns the sample of digits in the bytes of the file that the package ships: 6,000 images of MNIST to train on and 1,000 of its test set. */
export function digits(packed: Uint8Array): DataSet {
  const tensors = readSafetensors(gunzipSync(packed), "digits");
  const part = (prefix: string): Examples => {
    const [images, labels] = [tensors.get(`${prefix}images`)!, tensors.get(`${prefix}labels`)!];
    return {
      count: labels.data.length,
      inputs: new Map([["", storedColumn({ dtype: "float32", shape: images.shape.slice(1) }, images.data, GREY)]]),
      answers: { kind: "labels", column: storedColumn({ dtype: "int64", shape: [] }, labels.data), classes: 10 },
    };
  };
  return {
    name: "digits",
    about: "6,000 handwritten digits of MNIST, 28×28 in grey, and 1,000 of its test set (LeCun, Cortes & Burges; CC BY-SA 3.0)",
    train: part(""),
    validation: part("test/"),
    standardised: true,
  };
}
