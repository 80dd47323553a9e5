import type { GraphInput } from "../graph/graph.js";
import { allocate, formatShape, isFloat, sizeOf } from "../graph/tensor.js";
import type { Tensor, ValueType } from "../graph/tensor.js";
import { IsogradError } from "../util/errors.js";
import { plural } from "../util/format.js";
import type { Column, Examples } from "./data-set.js";

/** The inputs of a network by name, each with the column that it is fed and the type of one example's as the network takes it. */
export type Fitted = ReadonlyMap<string, { readonly column: Column; readonly type: ValueType }>;

/**
 * Finds the column that each input of a network is fed: by its name, or the only one for the only input. An input whose first axis is not the examples' is not
 * fed. An image may be taken as a row of its pixels, without its single channel, or with its channels last; tokens by a network of floats as rows of zeros with a one.
 * Errors: `batch/missing`, `batch/shape`, `batch/dtype`.
 */
export function fitted(inputs: readonly GraphInput[], examples: Examples, from: string): Fitted {
  const single = examples.inputs.size === 1 && inputs.length === 1 ? [...examples.inputs.values()][0] : undefined;
  return new Map(
    inputs.map((input) => {
      const column = examples.inputs.get(input.name) ?? single;
      if (!column) {
        const names = [...examples.inputs.keys()].filter((n) => n !== "");
        throw new IsogradError("batch/missing", `${from} has nothing for the network's input "${input.name}"`, {
          expected: inputs.map((i) => i.name).join(", "),
          received: names.length > 0 ? names.join(", ") : "one tensor without a name",
          fix: `name it as the network does, or fix the input: --set ${input.name}=VALUE`,
        });
      }
      const own = shaped(input, column, from);
      return [input.name, { column: own, type: own.type }];
    }),
  );
}

/** The column in the shape that an input has without its axis of examples; the column itself where the input leaves its shape open. */
function shaped(input: GraphInput, given: Column, from: string): Column {
  const column = typed(input, given, from);
  const own = column.type.shape;
  const type = (shape: readonly number[]): ValueType => ({ dtype: input.dtype, shape });
  const last = channelsLast(column);
  const asStored = column.turned === true && last ? last : column;
  if (input.shape === undefined) return { ...asStored, type: type(asStored.type.shape) };
  const wanted = input.shape.slice(1);
  const fits = (shape: readonly number[]): boolean =>
    shape.length === wanted.length && shape.every((d, i) => typeof wanted[i] !== "number" || wanted[i] === d);
  for (const c of [asStored, column, last]) if (c && fits(c.type.shape)) return { ...c, type: type(c.type.shape) };
  for (const shape of [[sizeOf(own)], own.filter((d) => d !== 1), [1, ...own], [...own, 1]]) if (fits(shape)) return { ...column, type: type(shape) };
  throw new IsogradError("batch/shape", `the network's input "${input.name}" has another shape than the examples of ${from}`, {
    at: ["data", input.name],
    expected: formatShape([input.shape[0] ?? "N", ...wanted].map(String)),
    received: `${formatShape(given.type.shape)}, ${plural(sizeOf(given.type.shape), "element")} an example`,
  });
}

/** The column as an input of this type takes it: integers go into floats as they are, or one by one as rows where each stands for something. Error `batch/dtype`. */
function typed(input: GraphInput, column: Column, from: string): Column {
  if (isFloat(input.dtype)) return column.kinds === undefined || isFloat(column.type.dtype) ? column : oneHot(column, column.kinds);
  if (!isFloat(column.type.dtype)) return column;
  if (input.dtype === "uint8" && column.bytes) return column.bytes;
  throw new IsogradError("batch/dtype", `the network's input "${input.name}" is ${input.dtype}, and ${from} has ${column.type.dtype} for it`, {
    at: ["data", input.name],
  });
}

/** Tokens as rows of zeros with a one: [...] → [..., kinds]. */
function oneHot({ type, copy }: Column, kinds: number): Column {
  const size = sizeOf(type.shape);
  const tokens = new Int32Array(size);
  return {
    type: { dtype: "float32", shape: [...type.shape, kinds] },
    copy(index, out, at, epoch) {
      copy(index, tokens, 0, epoch);
      out.fill(0, at, at + size * kinds);
      tokens.forEach((token, i) => (out[at + i * kinds + token] = 1));
    },
  };
}

/** An image [C, H, W] with its channels last. */
function channelsLast({ type, copy }: Column): Column | undefined {
  if (type.shape.length !== 3) return undefined;
  const [channels, height, width] = type.shape as [number, number, number];
  const pixels = height * width;
  const scratch = new Float32Array(channels * pixels);
  return {
    type: { dtype: type.dtype, shape: [height, width, channels] },
    copy(index, out, at, epoch) {
      copy(index, scratch, 0, epoch);
      for (let c = 0; c < channels; c++) for (let p = 0; p < pixels; p++) out[at + p * channels + c] = scratch[c * pixels + p]!;
    },
  };
}

/** Makes one tensor of examples, one behind another; `lead` is the shape before that of one example, and `epochs` tells the epoch of each position. */
export function gathered(
  column: Column,
  indices: ArrayLike<number>,
  lead: readonly number[],
  epochs: (position: number) => number = () => 0,
): Tensor {
  const { dtype, shape } = column.type;
  const size = sizeOf(shape);
  const data = allocate(dtype, indices.length * size);
  for (let i = 0; i < indices.length; i++) column.copy(indices[i]!, data, i * size, epochs(i));
  return { dtype, shape: [...lead, ...shape], data };
}
