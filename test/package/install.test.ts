import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

// onnxruntime-node downloads hundreds of megabytes of CUDA files by a script after it is installed, and vanishes without them where it cannot: an optional
// dependency whose script fails is taken away. npm ci runs scripts only of packages that the lockfile says to have one, so the lockfile does not say so
// (npm 11 is told by allowScripts besides). A setting of this name in .npmrc would make npm 11 warn at every call.

const root = fileURLToPath(new URL("../..", import.meta.url));
const json = (name: string): unknown => JSON.parse(readFileSync(`${root}/${name}`, "utf8"));

describe("npm ci", () => {
  it("runs no script of onnxruntime-node, by the lockfile and by allowScripts", () => {
    const { packages } = json("package-lock.json") as { packages: Readonly<Record<string, { version?: string; hasInstallScript?: boolean }>> };
    const native = packages["node_modules/onnxruntime-node"]!;
    expect(native.version).toMatch(/^1\./);
    expect(native.hasInstallScript, "npm install has put hasInstallScript back: take it out of package-lock.json").toBeUndefined();
    expect((json("package.json") as { allowScripts: object }).allowScripts).toMatchObject({ "onnxruntime-node": false });
  });

  it("has no setting that npm does not know", () => {
    expect(existsSync(`${root}/.npmrc`)).toBe(false);
  });
});
