import { sizeOf } from "../../graph/tensor.js";
import type { Column, Examples } from "../data-set.js";
import type { DataSource } from "../source.js";
import { digits } from "./digits.js";

/** The sample of digits, pixel by pixel. */
export const sequentialMnist: DataSource = {
  name: "sequential-mnist",
  summary: "the shipped digits as sequences of 784 pixels, one a step (Le, Jaitly & Hinton 2015)",
  open(_, host, seed) {
    const whole = digits.open("", host, seed);
    return {
      ...whole,
      name: "sequential-mnist",
      about: `${whole.about}, as sequences of 784 pixels, one a step (Le, Jaitly & Hinton 2015)`,
      train: inSteps(whole.train),
      validation: whole.validation && inSteps(whole.validation),
    };
  },
};

const inSteps = (examples: Examples): Examples => ({
  ...examples,
  inputs: new Map(
    [...examples.inputs].map(([name, column]): [string, Column] => [
      name,
      { ...column, type: { ...column.type, shape: [sizeOf(column.type.shape), 1] } },
    ]),
  ),
});
