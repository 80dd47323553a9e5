// Braille cells: 2 × 4 dots in one character.
const DOTS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;
const BLANK = 0x2800;

/** Dots on a grid of characters, y downwards. */
export interface Canvas {
  readonly width: number;
  readonly height: number;
  set(x: number, y: number): void;
  /** A straight line between two dots. */
  line(x0: number, y0: number, x1: number, y1: number): void;
  /** Rows of characters; blank cells are spaces. */
  rows(): string[];
}

/** A canvas without a dot, so many characters wide and lines high. */
export function canvas(columns: number, lines: number): Canvas {
  const [width, height] = [2 * columns, 4 * lines];
  const cells = new Uint8Array(columns * lines);
  const set = (x: number, y: number): void => {
    if (x < 0 || y < 0 || x >= width || y >= height) return;
    const cell = (y >> 2) * columns + (x >> 1);
    cells[cell] = cells[cell]! | DOTS[y & 3]![x & 1]!;
  };
  return {
    width,
    height,
    set,
    line(x0, y0, x1, y1): void {
      const steps = Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0), 1);
      for (let i = 0; i <= steps; i++) set(Math.round(x0 + ((x1 - x0) * i) / steps), Math.round(y0 + ((y1 - y0) * i) / steps));
    },
    rows: (): string[] =>
      Array.from({ length: lines }, (_, r) =>
        Array.from(cells.subarray(r * columns, (r + 1) * columns), (c) => (c === 0 ? " " : String.fromCharCode(BLANK + c)))
          .join("")
          .trimEnd(),
      ),
  };
}
