import type { BuildOptions } from "esbuild";

export function bundleThreads(outdir: string): Promise<unknown>;
export function bundleWeb(entryPoints: Record<string, string>, outdir: string, more?: BuildOptions): Promise<unknown>;
export const WEB_WORKER: string;
