import { invalid } from "./refused.js";

/** Decodes a text, without its byte order mark. Error `data/invalid`, which names the line. */
export function utf8(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    if (bytes.length >= 2 ** 29)
      return invalid("the text is too long to be read at once", path, { expected: "at most half a gigabyte", fix: "divide it", cause });
    const before = new TextDecoder().decode(bytes).split("\uFFFD", 1)[0]!;
    return invalid(`the text is not in UTF-8, from line ${before.split("\n").length} on`, path, { fix: "save it in UTF-8", cause });
  }
}
