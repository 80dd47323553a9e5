import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { inject } from "vitest";
import { workerUrls } from "../../src/runtime/worker-urls.js";

// Runs before every file of tests: threads are started from the bundles of workers-setup.ts.

const folder = inject("workers");
workerUrls.sessions = pathToFileURL(join(folder, "sessions.mjs"));
workerUrls.jobs = pathToFileURL(join(folder, "jobs.mjs"));
