import { gunzipSync } from "fflate";
import { readSafetensors } from "../../io/safetensors.js";
import { storedColumn } from "../data-set.js";
import type { DataSet, Examples } from "../data-set.js";
import { GREY } from "../shared/grey.js";
import type { DataSource } from "../source.js";

/** The sample of digits that the package ships. */
export const digits: DataSource = {
  name: "digits",
  summary: "6,000 handwritten digits of MNIST and 1,000 of its test set, which come with isograd",
  open: (_, host) => digitsOf(host.digits()),
};

/** Returns the sample of digits in the bytes of the file that the package ships. */
function digitsOf(packed: Uint8Array): DataSet {
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
    about:
      "6,000 handwritten digits of MNIST, 28×28 in grey, standardised by mean .1307 and deviation .3081, and 1,000 of its test set (LeCun, Cortes & Burges; CC BY-SA 3.0)",
    train: part(""),
    validation: part("test/"),
    standardised: true,
  };
}
