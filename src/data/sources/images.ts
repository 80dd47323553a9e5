import { count, list, plural } from "../../util/format.js";
import { permutation } from "../../util/random.js";
import { storedColumn } from "../data-set.js";
import type { DataSet, Examples } from "../data-set.js";
import { imageHead } from "../shared/image-head.js";
import type { ImageHead } from "../shared/image-head.js";
import { pixelsInto } from "../shared/image-pixels.js";
import { byteImages } from "../shared/images.js";
import { invalid, missing, refuseTooMuch } from "../shared/refused.js";
import type { DataHost, DataSource } from "../source.js";

const PICTURE = /\.(png|jpe?g)$/i;
const TRAIN = "train";
const VALIDATION = ["val", "valid", "validation", "test"];

const LOOKED_FOR = "a folder of PNG or JPEG pictures for each class";

interface Picture {
  readonly path: string;
  readonly label: number;
}

/** Pictures of the user's, sorted into folders. */
export const images: DataSource = {
  name: "images",
  takes: "DIR",
  summary: "PNG and JPEG pictures of one size, in a folder for each class; below train/ and val/ or test/, where there are such",
  open(folder, host): DataSet {
    const below = folders(folder, host);
    if (below === undefined) return missing(LOOKED_FOR, folder, "give a folder that has one for each class: images:DIR");
    const divided = below.includes(TRAIN) && below.some((n) => VALIDATION.includes(n));
    const [own, other] = divided
      ? [
          host.join(folder, TRAIN),
          host.join(
            folder,
            VALIDATION.find((n) => below.includes(n))!,
          ),
        ]
      : [folder, undefined];
    const classes = (folders(own, host) ?? []).filter((name) => picturesIn(host.join(own, name), host).length > 0);
    if (classes.length === 0) missing(LOOKED_FOR, own, `sort the pictures into folders: ${host.join(own, "CLASS", "picture.png")}`);
    const train = pictures(own, classes, host);
    const validation = other === undefined ? undefined : pictures(other, classes, host);
    const heads = sized([...train, ...(validation ?? [])], host, `images:${folder}`);
    const others = [own, ...(other === undefined ? [] : [other])].flatMap((d) => classes.flatMap((name) => otherFiles(host.join(d, name), host)));
    const grey = heads.every((h) => h.grey);
    const { height, width } = heads[0]!;
    const read = (chosen: readonly Picture[], from: number): Examples => examplesOf(chosen, heads.slice(from), grey ? 1 : 3, classes, host);
    return {
      name: `images:${folder}`,
      about: [
        `${plural(train.length, "picture")} of ${folder}, ${height}×${width} in ${grey ? "grey" : "colour"}, given as parts of 255, of the ${plural(classes.length, "class", "classes")} ${list(classes, 10)}`,
        ...(validation ? [`and ${count(validation.length)} of ${other!} to score by`] : []),
        ...(others.length > 0 ? [`without ${plural(others.length, "file")} of other kinds, such as ${others[0]!}`] : []),
      ].join(", "),
      train: read(train, 0),
      validation: validation && read(validation, train.length),
      standardised: false,
    };
  },
};

const hidden = (name: string): boolean => name.startsWith(".");

/** Names of the folders in a folder; undefined where it is none. */
const folders = (folder: string, host: DataHost): readonly string[] | undefined =>
  host.names(folder)?.filter((name) => !hidden(name) && host.size(host.join(folder, name)) === undefined);

const picturesIn = (folder: string, host: DataHost): readonly string[] =>
  (host.names(folder) ?? []).filter((name) => !hidden(name) && PICTURE.test(name));

const otherFiles = (folder: string, host: DataHost): readonly string[] =>
  (host.names(folder) ?? []).filter((name) => !hidden(name) && !PICTURE.test(name));

/** The pictures of all classes below a folder. Error `data/invalid`: a class that is not among those to train on. */
function pictures(folder: string, classes: readonly string[], host: DataHost): readonly Picture[] {
  const found = (folders(folder, host) ?? []).flatMap((name) => {
    const files = picturesIn(host.join(folder, name), host);
    const label = classes.indexOf(name);
    if (label < 0 && files.length > 0)
      invalid(`the class ${name} is not among those to train on`, host.join(folder, name), { expected: list(classes, 20) });
    return files.map((file) => ({ path: host.join(folder, name, file), label }));
  });
  if (found.length === 0) missing(LOOKED_FOR, folder, "sort the pictures into folders, one for each class");
  // In the order of their classes the first examples, and the last, would all be of one class.
  return [...permutation(found.length, 0, "images")].map((i) => found[i]!);
}

/** Reads the heads of all pictures. Errors: `data/invalid` where two have different sizes, `memory/limit`. */
function sized(all: readonly Picture[], host: DataHost, name: string): readonly ImageHead[] {
  const heads = all.map(({ path }) => imageHead(host.bytes(path), path));
  const [first] = heads as [ImageHead];
  heads.forEach(({ width, height }, i) => {
    if (width !== first.width || height !== first.height)
      invalid(`the pictures have different sizes: ${all[0]!.path} has ${first.width}×${first.height}, and ${all[i]!.path} ${width}×${height}`, name, {
        fix: "scale them to one size",
      });
  });
  refuseTooMuch(name, all.length * first.width * first.height * (heads.every((h) => h.grey) ? 1 : 3), host);
  return heads;
}

/** Decodes pictures into bytes. */
function examplesOf(chosen: readonly Picture[], heads: readonly ImageHead[], channels: 1 | 3, classes: readonly string[], host: DataHost): Examples {
  const { width, height } = heads[0]!;
  const size = channels * width * height;
  const data = new Uint8Array(chosen.length * size);
  chosen.forEach(({ path }, i) => pixelsInto(data, i * size, channels, host.bytes(path), heads[i]!, path));
  const labels = storedColumn(
    { dtype: "int64", shape: [] },
    chosen.map((p) => p.label),
  );
  return {
    count: chosen.length,
    inputs: new Map([["", byteImages([channels, height, width], data)]]),
    answers: { kind: "labels", column: { ...labels, kinds: classes.length, names: classes }, classes: classes.length },
  };
}
