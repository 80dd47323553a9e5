import { isFloat, sizeOf } from "../graph/tensor.js";
import { IsogradError } from "../util/errors.js";
import { count, list, plural, precise } from "../util/format.js";
import type { Column, DataSet, Examples } from "./data-set.js";
import { channelsOf, scaled } from "./shared/scaled.js";
import type { Scaling } from "./shared/scaled.js";

/** By what an input was standardised: x becomes (x − mean)/deviation of its channel; a constant channel, whose deviation is 0, was left as it is. */
export interface Standardisation {
  /** The input, "" where it is the network's only one. */
  readonly input: string;
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

/** Data that was standardised, by what, and how that is told. */
export interface Standardised {
  readonly data: DataSet;
  readonly by: readonly Standardisation[];
  readonly told: string;
}

/**
 * Standardises the inputs by the mean and the standard deviation (of n, not n − 1) of the training examples: of each channel of an image [C, H, W], of each feature
 * of anything else. The validation examples get the same constants. Data that has constants of its own stays as it is. Error `usage/option` where no input has floats.
 */
export function standardise(data: DataSet): Standardised {
  if (data.standardised) return { data, by: [], told: "by the usual constants of this data already" };
  const floats = [...data.train.inputs].filter(([, column]) => isFloat(column.type.dtype));
  if (floats.length === 0)
    throw new IsogradError("usage/option", `--standardise finds nothing in ${data.name} that it could standardise`, {
      expected: "an input of floats",
      received: "integers",
    });
  const by = floats.map(([input, column]): Standardisation => ({ input, ...momentsOf(column, data.train.count) }));
  const scalings = new Map(by.map((b) => [b.input, scalingOf(b)]));
  const only = scalings.size === 1 && data.train.inputs.size === 1 ? [...scalings.values()][0] : undefined;
  const changed = (examples: Examples): Examples => ({
    ...examples,
    inputs: new Map(
      [...examples.inputs].map(([name, column]) => {
        const scaling = scalings.get(name) ?? (examples.inputs.size === 1 ? only : undefined);
        return [name, scaling ? scaled(column, scaling) : column];
      }),
    ),
  });
  return {
    data: { ...data, train: changed(data.train), validation: data.validation && changed(data.validation), standardised: true },
    by,
    told: `by the mean and deviation of the ${plural(data.train.count, "training example")}: ${by.map(toldOf).join("; ")}`,
  };
}

const scalingOf = ({ mean, deviation }: Standardisation): Scaling => ({
  shift: deviation.map((d, c) => (d > 0 ? mean[c]! : 0)),
  factor: deviation.map((d) => (d > 0 ? 1 / d : 1)),
});

/** Channels whose numbers are told one by one. */
const FEW = 4;

function toldOf({ input, mean, deviation }: Standardisation): string {
  const of = input === "" ? "" : `${input}: `;
  const constant = deviation.filter((d) => !(d > 0)).length;
  const left = constant === 0 ? "" : `, ${constant} of them constant and left as they are`;
  const few = mean.length <= FEW;
  const numbers = (values: readonly number[]): string =>
    list(
      values.map((v) => precise(v)),
      FEW,
    );
  return `${of}${few ? `mean ${numbers(mean)}, deviation ${numbers(deviation)}` : `${count(mean.length)} features`}${left}`;
}

/** The means and standard deviations of the channels of a column, in one pass: sums with compensation (Neumaier 1974) of x − x₀ and its square, x₀ of the first example. */
function momentsOf(column: Column, examples: number): { readonly mean: readonly number[]; readonly deviation: readonly number[] } {
  const { count: channels, inner } = channelsOf(column.type.shape);
  const size = sizeOf(column.type.shape);
  const row = new Float32Array(size);
  const first = new Float64Array(channels);
  const sums = new Sums(channels);
  const squares = new Sums(channels);
  for (let i = 0; i < examples; i++) {
    column.copy(i, row, 0, 0);
    if (i === 0) for (let c = 0; c < channels; c++) first[c] = row[c * inner]!;
    for (let at = 0; at < size;)
      for (let c = 0; c < channels; c++)
        for (const end = at + inner; at < end; at++) {
          const d = row[at]! - first[c]!;
          sums.add(c, d);
          squares.add(c, d * d);
        }
  }
  const n = (examples * size) / channels;
  const mean = Array.from({ length: channels }, (_, c) => sums.of(c) / n);
  return {
    mean: mean.map((m, c) => m + first[c]!),
    deviation: mean.map((m, c) => Math.sqrt(Math.max(0, squares.of(c) / n - m * m))),
  };
}

/** Sums with what each addition lost. */
class Sums {
  readonly #sum: Float64Array;
  readonly #lost: Float64Array;

  constructor(length: number) {
    this.#sum = new Float64Array(length);
    this.#lost = new Float64Array(length);
  }

  add(c: number, value: number): void {
    const before = this.#sum[c]!;
    const after = before + value;
    this.#lost[c]! += Math.abs(before) >= Math.abs(value) ? before - after + value : value - after + before;
    this.#sum[c] = after;
  }

  of(c: number): number {
    return this.#sum[c]! + this.#lost[c]!;
  }
}
