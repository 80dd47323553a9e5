import type { Column, DataSet, Examples } from "../data-set.js";
import { plural } from "../../util/format.js";
import { invalid, missing, refuseTooMuch } from "../shared/refused.js";
import { scaled } from "../shared/scaled.js";
import type { DataHost, DataSource } from "../source.js";

/** Red, green and blue: the means and standard deviations of the pixels of the training images, in parts of 255. */
const MEAN = [0.4914, 0.4822, 0.4465];
const DEVIATION = [0.247, 0.2435, 0.2616];
const SCALING = { shift: MEAN.map((m) => 255 * m), factor: DEVIATION.map((d) => 1 / (255 * d)) };

const PIXELS = 3 * 32 * 32;
/** Bytes of an example: its class, and its red, green and blue pixels, row by row. */
const RECORD = 1 + PIXELS;
const TRAIN = [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`);
const TEST = ["test_batch.bin"];
const FOLDER = "cifar-10-batches-bin";

/** CIFAR-10, from its official binary files. */
export const cifar10: DataSource = {
  name: "cifar10",
  takes: "DIR",
  summary: "50,000 coloured pictures of ten kinds of things and 10,000 of the test set, from a folder with the official binary files",
  open(folder, host): DataSet {
    const paths = (names: readonly string[]): readonly string[] => names.map((name) => fileOf(name, folder, host));
    const [own, other] = [paths(TRAIN), paths(TEST)];
    refuseTooMuch(
      `cifar10:${folder}`,
      [...own, ...other].reduce((n, path) => n + host.size(path)!, 0),
      host,
    );
    const [train, validation] = [examplesOf(own, host), examplesOf(other, host)];
    return {
      name: "cifar10",
      about: `${plural(train.count, "picture")} of CIFAR-10, 32×32 in colour, standardised by means .4914 .4822 .4465 and deviations .2470 .2435 .2616, and the ${plural(validation.count, "picture")} of the test set (Krizhevsky 2009)`,
      train,
      validation,
      standardised: true,
    };
  },
};

/** Finds one of the official files. */
function fileOf(name: string, folder: string, host: DataHost): string {
  const found = [host.join(folder, name), host.join(folder, FOLDER, name)].find((path) => host.size(path) !== undefined);
  return (
    found ??
    missing(
      name,
      `${folder} or its folder ${FOLDER}`,
      "unpack the binary version, cifar-10-binary.tar.gz of https://www.cs.toronto.edu/~kriz/cifar.html, into this folder",
    )
  );
}

/** The examples of files, one behind another; their bytes stay as they were read. */
function examplesOf(paths: readonly string[], host: DataHost): Examples {
  const files = paths.map((path) => {
    const bytes = host.bytes(path);
    if (bytes.length === 0 || bytes.length % RECORD !== 0)
      invalid("the file is damaged or cut off", path, {
        expected: `a multiple of ${RECORD} bytes`,
        received: String(bytes.length),
        fix: "download it again",
      });
    for (let i = 0; i < bytes.length; i += RECORD)
      if (bytes[i]! > 9) invalid(`example ${i / RECORD} has the class ${bytes[i]!}`, path, { expected: "0 to 9" });
    return bytes;
  });
  const ends = files.reduce<number[]>((known, f) => [...known, (known.at(-1) ?? 0) + f.length / RECORD], []);
  const count = ends.at(-1)!;
  const recordOf = (index: number): { readonly bytes: Uint8Array; readonly from: number } => {
    const k = ends.findIndex((end) => index < end);
    return { bytes: files[k]!, from: (index - (ends[k - 1] ?? 0)) * RECORD };
  };
  const pixels: Column = {
    type: { dtype: "float32", shape: [3, 32, 32] },
    copy(index, out, at) {
      const { bytes, from } = recordOf(index);
      out.set(bytes.subarray(from + 1, from + RECORD), at);
    },
  };
  const label: Column = {
    type: { dtype: "int64", shape: [] },
    copy(index, out, at) {
      const { bytes, from } = recordOf(index);
      out[at] = bytes[from]!;
    },
  };
  return { count, inputs: new Map([["", scaled(pixels, SCALING)]]), answers: { kind: "labels", column: label, classes: 10 } };
}
