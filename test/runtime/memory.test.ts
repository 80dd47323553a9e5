import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { beforeAll, describe, expect, inject, it } from "vitest";
import { workerUrls } from "../../src/runtime/worker-urls.js";
import { openBrowser } from "../support/browser.js";
import { servedContract } from "../support/contract-page.js";

// Two hundred networks in one process leave no more behind than fifty: sessions, weights and values are freed on every host.

/** What the allocators keep differs from run to run. Were the networks not freed, 150 more would take several times as much. */
const SLACK = 1.12;
/** Nobody can make the collector of a page's worker run, so its heap swings. */
const SLACK_OF_PAGE = 1.3;

const program = join(inject("workers"), "nets-process.mjs");
beforeAll(async () => {
  await build({
    entryPoints: [fileURLToPath(new URL("nets-process.ts", import.meta.url))],
    outfile: program,
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
  });
});

describe("memory over 200 networks", () => {
  it.each(["native", "wasm", "reference"])("is flat in Node: %s", async (name) => {
    const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", program, name, workerUrls.sessions.href]);
    const [first, ...later] = JSON.parse(stdout) as number[];
    process.stdout.write(`${name}: ${[first!, ...later].map((b) => (b / 1e6).toFixed(0)).join(", ")} MB after each 50 networks\n`);
    expect(Math.max(...later)).toBeLessThan(SLACK * first!);
  });

  it("is flat in Chromium", async () => {
    const { browser, close } = await openBrowser();
    const served = await servedContract();
    const page = await browser.newPage();
    await page.goto(served.url(1));
    await page.waitForFunction("globalThis.ready === true");
    const cdp = await browser.newBrowserCDPSession();
    /** Resident bytes of the page's process. */
    const resident = async (): Promise<number> => {
      const { processInfo } = await cdp.send("SystemInfo.getProcessInfo");
      const own = processInfo
        .filter((p) => p.type === "renderer")
        .map((p) => Number(readFileSync(`/proc/${p.id}/statm`, "utf8").split(" ")[1]) * 4096);
      return Math.max(...own);
    };
    const bytes: number[] = [];
    for (let n = 0; n < 400; n += 50) {
      await page.evaluate(`runNets(${n}, ${n + 50})`);
      bytes.push(await resident());
    }
    process.stdout.write(`Chromium: ${bytes.map((b) => (b / 1e6).toFixed(0)).join(", ")} MB after each 50 networks\n`);
    await page.close();
    await served.close();
    await close();
    expect(Math.min(...bytes.slice(4))).toBeLessThan(SLACK_OF_PAGE * bytes[0]!);
  });
});
