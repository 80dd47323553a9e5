/** A number that multiplies a value; unknown where elements have different ones, or the file does not store it. */
export type Multiple = number | "unknown";

export const productOf = (a: Multiple, b: Multiple): Multiple => (a === "unknown" || b === "unknown" ? "unknown" : a * b);

/** The sum of multiples of one value. A rounding error of the numbers in the file is no multiple. */
export function sumOf(multiples: readonly Multiple[]): Multiple {
  const sum = multiples.reduce<Multiple>((s, m) => (s === "unknown" || m === "unknown" ? "unknown" : s + m), 0);
  return sum !== "unknown" && Math.abs(sum) < 1e-6 ? 0 : sum;
}

/** Whether a multiple changes the size of what it multiplies. */
export const scales = (m: Multiple): boolean => m === "unknown" || Math.abs(Math.abs(m) - 1) > 1e-6;
