import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { brotliDecompressSync } from "node:zlib";
import { chromium } from "playwright-core";
import type { Browser } from "playwright-core";

/** A browser's binary, and the folder of libraries that it needs beside the system's. */
interface Binary {
  readonly path: string;
  readonly libraries?: string;
}

/** $CHROMIUM_PATH, Debian's chromium, else the one in the npm package: a bare machine has a browser too. A missing one is an error. */
async function binary(): Promise<Binary> {
  const given = process.env["CHROMIUM_PATH"];
  if (given !== undefined && given !== "" && given !== PACKAGED) {
    if (!existsSync(given)) throw new Error(`CHROMIUM_PATH is ${given}, and nothing is there`);
    return { path: given };
  }
  return given !== PACKAGED && existsSync(DEBIAN) ? { path: DEBIAN } : packaged();
}
const DEBIAN = "/usr/bin/chromium";
/** CHROMIUM_PATH=packaged takes the browser of the npm package where others are installed. */
const PACKAGED = "packaged";

async function packaged(): Promise<Binary> {
  const { default: sparticuz } = await import("@sparticuz/chromium");
  const path = await sparticuz.executablePath();
  const missing = execFileSync("ldd", [path]).toString().includes("not found");
  if (!missing) return { path };
  // libnss3, libnspr4 and libexpat, as the package brings them along.
  const home = join(dirname(createRequire(import.meta.url).resolve("@sparticuz/chromium")), "../../bin/al2023.tar.br");
  const folder = join(tmpdir(), "isograd-chromium-libraries");
  execFileSync("mkdir", ["-p", folder]);
  execFileSync("tar", ["-x", "-C", folder], { input: brotliDecompressSync(readFileSync(home)) });
  return { path, libraries: join(folder, "lib") };
}

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A headless browser; `close` takes its profile with it. */
export async function openBrowser(): Promise<{ readonly browser: Browser; close(): Promise<void> }> {
  const { path, libraries } = await binary();
  const home = mkdtempSync(join(tmpdir(), "isograd-browser-"));
  const env: Record<string, string> = { ...(process.env as Record<string, string>), HOME: home };
  if (libraries !== undefined) env["LD_LIBRARY_PATH"] = libraries;
  const browser = await chromium.launch({ executablePath: path, args: FLAGS, env });
  return {
    browser,
    async close() {
      await browser.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
