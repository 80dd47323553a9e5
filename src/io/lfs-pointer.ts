import { IsogradError } from "../util/errors.js";

/** How a pointer begins: the text that Git LFS leaves in the place of a file that has not been downloaded. https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md */
const START = new TextEncoder().encode("version https://git-lfs.github.com/spec/");

/** The bytes that tell whether a file is a pointer. */
export const POINTER_BYTES: number = START.length;

/** Returns the bytes of a file, unless they are a Git LFS pointer. Error `file/read`. */
export function refusePointer<T extends Uint8Array>(path: string, bytes: T): T {
  if (START.every((b, i) => bytes[i] === b)) throw new IsogradError("file/read", "this is a Git LFS pointer: git lfs pull", { at: [path] });
  return bytes;
}
