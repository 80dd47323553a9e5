/** What a measured number is. Pages make the title, the scale and the columns of its numbers from it. */
export interface Quantity {
  /** `number`: it is plotted as it is. `logarithm`: it is the natural logarithm of what is measured, and pages write it as a factor. */
  readonly kind: "number" | "logarithm";
  /** What is measured, in words without an article; of a logarithm, what it is taken of. */
  readonly of: string;
}

/** A quantity with its name in texts and records. */
export interface NamedQuantity extends Quantity {
  readonly what: string;
}

/** Returns the quantity that is the number itself. */
export const numberOf = (what: string): NamedQuantity => ({ kind: "number", of: what, what });

/** Returns the quantity that is a natural logarithm. `what` is its name where that is not "ln of the …". */
export const logarithmOf = (of: string, what = `ln of the ${of}`): NamedQuantity => ({ kind: "logarithm", of, what });
