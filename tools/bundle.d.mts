import type { BuildOptions, BuildResult } from "esbuild";

export function bundleThreads(outdir: string): Promise<unknown>;
export function bundleWeb(entryPoints: Record<string, string>, outdir: string, more?: BuildOptions): Promise<BuildResult>;
export const WEB_WORKER: string;
