import type { Plugin } from "esbuild";

export function withoutExamples(text: string, name: string): string;
export function cutExamples(folder: string): void;
export const examplesCut: Plugin;
