import { IsogradError } from "../util/errors.js";

/**
 * Writes a value as canonical JSON (RFC 8785): keys sorted by UTF-16 code units, no spaces, numbers in the shortest form that reads back equal, −0 as 0; keys
 * with the value undefined are left out. Equal values have equal texts. Error `spec/invalid` for values that JSON does not have: numbers that are not finite,
 * functions, undefined elements.
 */
export function canonicalJson(value: unknown): string {
  return text(value, []);
}

function text(value: unknown, path: readonly string[]): string {
  switch (typeof value) {
    case "string":
    case "boolean":
      return JSON.stringify(value);
    case "number":
      if (Number.isFinite(value)) return JSON.stringify(value === 0 ? 0 : value);
      break;
    case "object":
      if (value === null) return "null";
      if (Array.isArray(value)) return `[${value.map((v, i) => text(v, [...path, String(i)])).join(",")}]`;
      return `{${Object.entries(value)
        .filter(([, v]) => v !== undefined)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([k, v]) => `${JSON.stringify(k)}:${text(v, [...path, k])}`)
        .join(",")}}`;
    default:
  }
  throw new IsogradError("spec/invalid", `${path.length === 0 ? "the value" : `"${path.join(".")}"`} cannot be written as JSON`, {
    expected: "text, a finite number, true, false, null, a list or an object",
    received: String(value),
  });
}

/** Computes the SHA-256 of bytes, or of a text in UTF-8, as 64 hexadecimal digits. */
export async function sha256(value: string | Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", typeof value === "string" ? new TextEncoder().encode(value) : value);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
