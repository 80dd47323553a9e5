import { expect, test } from "vitest";
import { openData } from "../../src/data/open-data.js";
import { IsogradError } from "../../src/util/errors.js";
import { stream } from "../../src/util/random.js";
import { answersOf, bytesOfText, dataHost, example, fixture, inputOf } from "../support/data-host.js";

const CSV = bytesOfText('a,b,kind\n1,2,"x"\n3,4.5,"y ""z"""\n-1e3,6,x\n');
const text = bytesOfText("some text, ümlauts and all. ".repeat(8));

/** A file of which bytes are changed, cut off, left out or doubled. */
function damaged(bytes: Uint8Array, seed: number): Uint8Array<ArrayBuffer> {
  const random = stream(seed, "damaged");
  let draws = 0;
  const below = (n: number): number => Math.floor(n * random.uniform(draws++));
  let out = Uint8Array.from(bytes);
  for (let k = below(4); k >= 0; k--) {
    const at = below(out.length);
    const kind = below(4);
    if (kind === 0) out[at] = below(256);
    else if (kind === 1) out[at] = out[at]! ^ (1 << below(8));
    else if (kind === 2) out = Uint8Array.of(...out.subarray(0, at), ...out.subarray(at + below(9)));
    else out = out.slice(0, Math.max(at, 1));
  }
  return out;
}

test.each([
  ["d.npz", "d.npz", fixture("keras.npz")],
  ["d.npz", "d.npz", fixture("version-2.npz")],
  ["d.csv", "d.csv", CSV],
  ["images:d", "d/a/1.png", fixture("palette.png")],
  ["images:d", "d/a/1.png", fixture("grey-4.png")],
  ["images:d", "d/a/1.jpg", fixture("rgb-420.jpg")],
  ["images:d", "d/a/1.jpg", fixture("progressive.jpg")],
  ["text:d.txt:4", "d.txt", text],
])("a damaged file of %s (%s) gives examples or a sentence, never anything else", (word, path, bytes) => {
  let [refused, opened] = [0, 0];
  for (let seed = 0; seed < 400; seed++) {
    try {
      const { train } = openData(word, dataHost({ [path]: damaged(bytes, seed) }, 2 ** 20), 1);
      for (let i = 0; i < train.count; i++) for (const column of train.inputs.values()) example(column, i);
      if (train.answers) answersOf(train);
      if (train.inputs.size === 1) expect(inputOf(train).type.shape.length).toBeGreaterThan(0);
      opened++;
    } catch (error) {
      if (!(error instanceof IsogradError)) throw new Error(`seed ${seed}: ${String(error)}`, { cause: error });
      expect(["data/invalid", "data/missing", "memory/limit"], `seed ${seed}: ${error.message}`).toContain(error.code);
      refused++;
    }
  }
  expect(refused + opened).toBe(400);
  expect(refused).toBeGreaterThan(0);
});
