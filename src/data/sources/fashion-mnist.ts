import { plural } from "../../util/format.js";
import { greyBy } from "../shared/grey.js";
import { idxExamples } from "../shared/idx.js";
import type { Named } from "../shared/idx.js";
import { missing, refuseTooMuch } from "../shared/refused.js";
import type { DataHost, DataSource } from "../source.js";

/** The mean and the standard deviation of the pixels of the training images, in parts of white. */
const FASHION = greyBy(0.286, 0.353);

/** Folders below the given one where the files may lie; the last is torchvision's. */
const FOLDERS = [[], ["raw"], ["FashionMNIST", "raw"]];

/** Fashion-MNIST, from its official files. */
export const fashionMnist: DataSource = {
  name: "fashion-mnist",
  takes: "DIR",
  summary: "60,000 grey pictures of clothes and 10,000 of the test set, from a folder with the official files, packed or not",
  open(folder, host) {
    const found = ["train", "t10k"]
      .flatMap((part) => [`${part}-images-idx3-ubyte`, `${part}-labels-idx1-ubyte`])
      .map((name) => fileOf(name, folder, host));
    refuseTooMuch(
      `fashion-mnist:${folder}`,
      found.reduce((n, path) => n + host.size(path)!, 0),
      host,
    );
    const [images, labels, testImages, testLabels] = found.map((path): Named => ({ name: path, bytes: host.bytes(path) }));
    const train = idxExamples(images!, labels!, FASHION, host);
    const validation = idxExamples(testImages!, testLabels!, FASHION, host);
    return {
      name: "fashion-mnist",
      about: `${plural(train.count, "picture")} of clothes, 28×28 in grey, standardised by mean .2860 and deviation .3530, and the ${plural(validation.count, "picture")} of the test set (Xiao, Rasul & Vollgraf 2017; MIT)`,
      train,
      validation,
      standardised: true,
    };
  },
};

/** Finds one of the official files, packed or not. */
function fileOf(name: string, folder: string, host: DataHost): string {
  for (const sub of FOLDERS)
    for (const ending of ["", ".gz"]) {
      const path = host.join(folder, ...sub, name + ending);
      if (host.size(path) !== undefined) return path;
    }
  return missing(
    `${name} or ${name}.gz`,
    folder,
    "download the four files named at https://github.com/zalandoresearch/fashion-mnist into this folder",
  );
}
