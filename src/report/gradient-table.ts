import type { GradRecord } from "../study/grad-record.js";
import { formatShape, list, number, plural, precise } from "../util/format.js";
import { wrap } from "./visible.js";

const BAR_WIDTH = 24;
/** Columns of the whole table; on fewer the shape and the bar are left out. */
const WIDE = 97;

/** A table of gradients in the order of the file: shape, norm, norm relative to the weight's, and a bar on a log scale; the last two only where there are columns for them. */
export function gradientTable({ name, loss, parameters, frozen }: GradRecord, columns: number = WIDE): string {
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
  const room = Math.min(34, Math.max(18, columns - 20));
  const row = (first: string, shape: string, g: string, relative: string, last: string): string => {
    const [start, middle] = [clip(first, room), `${g.padStart(9)} ${relative.padStart(9)}`];
    return columns < WIDE ? `${start} ${middle}` : `${start} ${clip(shape, 16)} ${middle}  ${last}`;
  };
  const lines = [
    ...wrap(`${name}: ${plural(parameters.length, "parameter")}, ${plural(elements, "element")}; loss ${precise(loss)}`, columns),
    ...(frozen.length > 0 ? wrap(`frozen, as asked for: ${list(frozen)}`, columns) : []),
    "",
    row("parameter", "shape", "‖∂loss‖", "/ ‖w‖", "log scale"),
    ...rows.map((r) => row(r.name, r.shape, number(r.g), number(r.relative), bar(r.g))),
  ];
  return `${lines.join("\n")}\n`;
}
