import type { GradRecord } from "../study/grad-record.js";
import { formatShape, number, plural, precise } from "../util/format.js";

const BAR_WIDTH = 24;

/** A table of gradients in the order of the file: shape, norm, norm relative to the weight's, and a bar on a log scale. */
export function gradientTable({ name, loss, parameters }: GradRecord): string {
  const rows = parameters.map((p) => ({
    name: p.name,
    shape: formatShape(p.shape),
    g: p.gradient,
    relative: p.weight === 0 ? null : p.gradient / p.weight,
  }));
  const finite = rows.map((r) => r.g).filter((g) => g > 0 && Number.isFinite(g));
  const [low, high] = [finite.reduce((m, g) => Math.min(m, g), Infinity), finite.reduce((m, g) => Math.max(m, g), 0)];
  const bar = (g: number): string => {
    if (!(g > 0)) return "";
    if (!Number.isFinite(g)) return "!".repeat(BAR_WIDTH);
    const part = high > low ? Math.log(g / low) / Math.log(high / low) : 1;
    return "█".repeat(1 + Math.round(part * (BAR_WIDTH - 1)));
  };
  const clip = (s: string, n: number): string => (s.length <= n ? s.padEnd(n) : `…${s.slice(s.length - n + 1)}`);
  const elements = parameters.reduce((s, p) => s + p.shape.reduce((n, d) => n * d, 1), 0);
  const lines = [
    `${name}: ${plural(parameters.length, "parameter")}, ${plural(elements, "element")}; loss ${precise(loss)}`,
    "",
    `${"parameter".padEnd(34)} ${"shape".padEnd(16)} ${"‖∂loss‖".padStart(9)} ${"/ ‖w‖".padStart(9)}  log scale`,
    ...rows.map((r) => `${clip(r.name, 34)} ${clip(r.shape, 16)} ${number(r.g).padStart(9)} ${number(r.relative).padStart(9)}  ${bar(r.g)}`),
  ];
  return `${lines.join("\n")}\n`;
}
