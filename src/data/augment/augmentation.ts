import { stream } from "../../util/random.js";
import type { Stream } from "../../util/random.js";
import type { Column } from "../data-set.js";

/** A change of training images that leaves their class: one file each, in this folder. */
export interface Augmentation {
  readonly name: string;
  readonly summary: string;
  /** Returns the images [C, H, W] so changed: how, depends on the seed, the epoch and the number of the example alone. */
  of(images: Column, seed: number): Column;
}

/** Returns the draws of an augmentation in an epoch; those of the last one asked for are kept. */
export function drawsOf(name: string, seed: number): (epoch: number) => Stream {
  let known: { readonly epoch: number; readonly draws: Stream } | undefined;
  return (epoch) => (known?.epoch === epoch ? known : (known = { epoch, draws: stream(seed, `augment/${name}/${epoch}`) })).draws;
}
