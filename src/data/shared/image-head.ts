import { invalid } from "./refused.js";

/** What the first bytes of a picture say. */
export interface ImageHead {
  readonly format: "png" | "jpeg";
  readonly width: number;
  readonly height: number;
  /** Whether its pixels have one number, apart from their opacity. */
  readonly grey: boolean;
}

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** Reads what a picture is, without its pixels. Error `data/invalid`. */
export function imageHead(bytes: Uint8Array, name: string): ImageHead {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length >= 26 && PNG.every((b, i) => bytes[i] === b)) {
    const kind = bytes[25]!;
    return { format: "png", width: view.getUint32(16), height: view.getUint32(20), grey: kind === 0 || kind === 4 };
  }
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return jpegHead(bytes, view, name);
  return invalid("this is neither PNG nor JPEG", name, { fix: "save it as one of the two" });
}

/** Whether a marker begins a frame: SOF0 to SOF15, but for the three that are tables. */
const isFrame = (marker: number): boolean => marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

function jpegHead(bytes: Uint8Array, view: DataView, name: string): ImageHead {
  for (let at = 2; at + 9 < bytes.length;) {
    if (bytes[at] !== 0xff) break;
    const marker = bytes[at + 1]!;
    if (marker === 0xff) at++;
    else if (isFrame(marker)) return { format: "jpeg", width: view.getUint16(at + 7), height: view.getUint16(at + 5), grey: bytes[at + 9] === 1 };
    else at += 2 + (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd9) ? 0 : view.getUint16(at + 2));
  }
  return invalid("the picture is damaged or cut off", name);
}
