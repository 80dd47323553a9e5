import type { Column } from "../data-set.js";

/** What is subtracted from the elements of an example, and what they are then multiplied by: one number for each channel. */
export interface Scaling {
  readonly shift: ArrayLike<number>;
  readonly factor: ArrayLike<number>;
}

/** How the channels lie in an example: element i belongs to channel ⌊i / inner⌋ mod count. */
export interface Channels {
  readonly count: number;
  readonly inner: number;
}

/** The channels of an image [C, H, W]; the features of anything else, which are its last axis. */
export function channelsOf(shape: readonly number[]): Channels {
  if (shape.length === 3) return { count: shape[0]!, inner: shape[1]! * shape[2]! };
  return { count: shape[shape.length - 1] ?? 1, inner: 1 };
}

/** A column of floats, each element x given as (x − shift)·factor of its channel. */
export function scaled(column: Column, { shift, factor }: Scaling): Column {
  const { count, inner } = channelsOf(column.type.shape);
  const size = column.type.shape.reduce((n, d) => n * d, 1);
  return {
    ...column,
    bytes: undefined,
    copy(index, out, at, epoch) {
      column.copy(index, out, at, epoch);
      for (let i = at; i < at + size;) {
        for (let c = 0; c < count; c++) {
          const [s, f] = [shift[c]!, factor[c]!];
          for (const end = i + inner; i < end; i++) out[i] = (out[i]! - s) * f;
        }
      }
    },
  };
}
