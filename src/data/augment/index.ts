import { isFloat } from "../../graph/tensor.js";
import { IsogradError, nearest } from "../../util/errors.js";
import { formatShape, list } from "../../util/format.js";
import type { Column, DataSet } from "../data-set.js";
import type { Augmentation } from "./augmentation.js";
import { crop } from "./crop.js";
import { flip } from "./flip.js";

/** Every augmentation, in the order in which they are applied. @public */
export const AUGMENTATIONS: readonly Augmentation[] = [flip, crop];

/** Returns names of augmentations in the order in which these are applied, each once. Error `usage/option`. */
export function augmentationsOf(names: readonly string[]): readonly string[] {
  const known = AUGMENTATIONS.map((a) => a.name);
  for (const name of names) {
    const near = nearest(name, known);
    if (!known.includes(name))
      throw new IsogradError("usage/option", `--augment ${name} is not valid`, {
        expected: known.join(", "),
        ...(near === undefined ? {} : { fix: `did you mean ${near}?` }),
      });
  }
  return known.filter((name) => names.includes(name));
}

/** Says what augmentations do. */
export const augmentationText = (names: readonly string[]): string =>
  names.length === 0 ? "none" : AUGMENTATIONS.flatMap((a) => (names.includes(a.name) ? [`${a.name}: ${a.summary}`] : [])).join("; ");

/** Returns the data with its training images augmented, those to score by as they are. Error `usage/option`: the inputs are no images, or the answers lie in them. */
export function augmented(data: DataSet, names: readonly string[], seed: number): DataSet {
  if (names.length === 0) return data;
  const chosen = AUGMENTATIONS.filter((a) => names.includes(a.name));
  const isImage = ({ type }: Column): boolean => isFloat(type.dtype) && type.shape.length === 3;
  const columns = [...data.train.inputs.values()];
  if (!columns.some(isImage))
    throw new IsogradError("usage/option", `--augment is for images, and ${data.name} has none`, {
      expected: "examples [channels, height, width] of floats",
      received: list(columns.map((c) => `${c.type.dtype}${formatShape(c.type.shape)}`)),
    });
  const answer = data.train.answers?.column.type.shape ?? [];
  if (answer.length > 1)
    throw new IsogradError("usage/option", "--augment would move the images and not what is to be learned of their places", {
      at: [data.name],
      received: `answers ${formatShape(answer)}`,
    });
  const inputs = new Map(
    [...data.train.inputs].map(([name, column]) => [name, isImage(column) ? chosen.reduce((c, a) => a.of(c, seed), column) : column]),
  );
  return { ...data, train: { ...data.train, inputs } };
}
