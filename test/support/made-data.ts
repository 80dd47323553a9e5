import { storedColumn } from "../../src/data/data-set.js";
import type { DataSet, Examples } from "../../src/data/data-set.js";
import { stream } from "../../src/util/random.js";

/** Examples x from N(0, 1) of this shape, whose class is the largest of the first `classes` elements. */
export function madeData(shape: readonly number[], { count = 96, classes = 4, validation = 32, seed = 1 } = {}): DataSet {
  const size = shape.reduce((n, d) => n * d, 1);
  const part = (n: number, name: string): Examples => {
    const x = stream(seed, name).normals(new Float32Array(n * size));
    const labels = Float64Array.from({ length: n }, (_, e) => {
      const own = [...x.subarray(e * size, e * size + classes)];
      return own.indexOf(Math.max(...own));
    });
    return {
      count: n,
      inputs: new Map([["", storedColumn({ dtype: "float32", shape }, x)]]),
      answers: { kind: "labels", column: storedColumn({ dtype: "int64", shape: [] }, labels), classes },
    };
  };
  return {
    name: "made",
    about: "made examples",
    train: part(count, "train"),
    validation: validation > 0 ? part(validation, "validation") : undefined,
    standardised: true,
  };
}
