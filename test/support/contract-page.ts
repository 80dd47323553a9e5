import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { WEB_WORKER, bundleWeb } from "../../tools/bundle.mjs";
import { serveFolders } from "./serve.js";

const HTML = '<!doctype html><title>contract</title><script type="module" src="/page/contract-page.js"></script>';
const PAGE = fileURLToPath(new URL("../runtime/contract-page.ts", import.meta.url));

/** Bundles the page of the contract and serves it, plainly and, for more than one thread, isolated. */
export async function servedContract(): Promise<{ url(threads: number): string; close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), "isograd-contract-"));
  await bundleWeb({ "contract-page": PAGE, "web-worker": WEB_WORKER }, folder);
  const engine = dirname(createRequire(import.meta.url).resolve("onnxruntime-web/wasm"));
  const [plain, isolated] = [false, true].map((own) => serveFolders({ page: folder, engine }, { pages: { "/": HTML }, isolated: own }));
  const origins = { plain: (await plain!).origin, isolated: (await isolated!).origin };
  return {
    url: (threads) => `${threads > 1 ? origins.isolated : origins.plain}/?threads=${threads}`,
    close: async () => {
      for (const server of [plain!, isolated!]) await (await server).close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
