import { area, line } from "d3-shape";

/** A coordinate, a tenth of a pixel fine. */
export const at = (v: number): number => Math.round(v * 10) / 10;

/** A number for the page's script, seven digits of it. */
export const datum = (v: number): number => Number(v.toPrecision(7));

/** A share of an axis, for the page's script. */
export const share = (v: number): string => v.toFixed(4);

type To<T> = (point: T) => number;

/** The path through points. */
export const linePath = <T>(points: readonly T[], x: To<T>, y: To<T>): string => line<T>(x, y).digits(1)(points) ?? "";

/** The path around a band between two heights. */
export const bandPath = <T>(points: readonly T[], x: To<T>, low: To<T>, high: To<T>): string => area<T>(x, low, high).digits(1)(points) ?? "";
