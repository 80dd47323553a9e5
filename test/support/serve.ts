import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import type { AddressInfo } from "node:net";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".wasm": "application/wasm",
  ".json": "application/json",
};

/** Serves folders by the first part of the path, and texts by the whole path; `isolated` sends the headers that allow threads. */
export async function serveFolders(
  folders: Readonly<Record<string, string>>,
  { pages = {}, isolated = false }: { readonly pages?: Readonly<Record<string, string>>; readonly isolated?: boolean } = {},
): Promise<{ readonly origin: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const [, first = "", ...rest] = pathname.split("/");
    const isolation = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };
    const send = (type: string, body: string | Uint8Array): void =>
      void response.writeHead(200, { "Content-Type": TYPES[type] ?? "application/octet-stream", ...(isolated ? isolation : {}) }).end(body);
    const page = pages[pathname];
    const folder = folders[first];
    if (page !== undefined) send(".html", page);
    else if (folder === undefined) response.writeHead(404).end();
    else {
      const path = join(folder, normalize(join("/", ...rest)));
      readFile(path).then(
        (body) => send(extname(path), body),
        () => response.writeHead(404).end(),
      );
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
