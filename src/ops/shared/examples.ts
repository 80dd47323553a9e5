import type { DType } from "../../graph/tensor.js";
import type { ExampleInput } from "../op.js";

/** Returns a float32 example input drawn from N(0,1), or as the recipe says. */
export const floats = (shape: readonly number[], recipe: Omit<ExampleInput, "dtype" | "shape"> = {}): ExampleInput => ({
  dtype: "float32",
  shape,
  ...recipe,
});

/** Returns an int64 example input of exact values; fed as a constant, as shapes, axes and indices usually are. */
export const ints = (values: readonly number[], shape: readonly number[] = [values.length]): ExampleInput => ({
  dtype: "int64",
  shape,
  values,
  constant: true,
});

/** Returns a bool example input. */
export const bools = (values: readonly number[], shape: readonly number[] = [values.length]): ExampleInput => ({ dtype: "bool", shape, values });

/** Returns an example input of another integer type, fed at run time. */
export const integers = (dtype: DType, values: readonly number[], shape: readonly number[] = [values.length]): ExampleInput => ({
  dtype,
  shape,
  values,
});
