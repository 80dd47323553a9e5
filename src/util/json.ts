/** For `JSON.stringify`: numbers that are not finite become the strings "NaN", "Infinity", "-Infinity". */
export const withNonFinite = (_: string, v: unknown): unknown => (typeof v === "number" && !Number.isFinite(v) ? String(v) : v);
