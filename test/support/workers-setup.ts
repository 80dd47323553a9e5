import { mkdtempSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { TestProject } from "vitest/node";
import { bundleThreads } from "../../tools/bundle.mjs";

declare module "vitest" {
  interface ProvidedContext {
    /** The folder with the bundled entries of worker threads. */
    readonly workers: string;
  }
}

// Bundles the entries of worker threads from the sources, so that no test runs a stale dist/: a thread cannot load TypeScript.

export default async function setup(project: TestProject): Promise<() => void> {
  // Within node_modules, from where the bundles find the packages that they import.
  const folder = mkdtempSync(fileURLToPath(new URL("../../node_modules/.isograd-workers-", import.meta.url)));
  await bundleThreads(folder);
  project.provide("workers", folder);
  project.onTestsRerun(async () => void (await bundleThreads(folder)));
  return () => rmSync(folder, { recursive: true, force: true });
}
