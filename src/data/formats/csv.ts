import Papa from "papaparse";
import { plural } from "../../util/format.js";
import { storedColumn } from "../data-set.js";
import type { DataSet } from "../data-set.js";
import { learnedOf } from "../shared/classes.js";
import { invalid, refuseTooMuch } from "../shared/refused.js";
import { utf8 } from "../shared/utf8.js";
import type { DataFormat } from "../source.js";

/** A table of numbers, one row for each example, and what is to be learned in the column `label` or `target`, or in the last one. */
export const csv: DataFormat = {
  endings: [".csv", ".tsv"],
  summary:
    "a table of numbers with a row for every example; what is to be learned is the column `label` or `target`, else the last one: words are classes in alphabetical order, up to 20 different integers (all where the column is named `label`) are classes, other numbers a target",
  open(path, host): DataSet {
    const bytes = host.bytes(path);
    let lines = 1;
    for (const b of bytes) if (b === 10 || b === 13) lines++;
    refuseTooMuch(path, 3 * bytes.length, host);
    const table = new Table(path, lines, (rowBytes) => refuseTooMuch(path, 3 * bytes.length + lines * rowBytes, host));
    const text = utf8(bytes, path);
    const { delimiter } = Papa.parse(text.slice(0, HEAD), { preview: 10, skipEmptyLines: true }).meta;
    Papa.parse<string[]>(text, { delimiter, step: ({ data, errors }) => table.row(data, errors.find((e) => e.type === "Quotes")?.message) });
    return table.data();
  },
};

/** Characters in which the delimiter is looked for. */
const HEAD = 2 ** 16;

/** Words that stand for a value that is missing. */
const MISSING = /^(|na|n\/a|nan|null|none|\?)$/i;
const NAMED = /^(label|target)$/i;
const isNumber = (cell: string): boolean => cell.trim() !== "" && !Number.isNaN(Number(cell));

/** A table that is read row by row. */
class Table {
  #line = 1;
  #rows = 0;
  #header: readonly string[] | undefined;
  /** Number of cells in a row. */
  #width = 0;
  /** The column that is to be learned, and those that are features. */
  #answer = 0;
  #features: readonly number[] = [];
  #values = new Float32Array(0);
  readonly #words = new Map<string, number>();
  readonly #answers: Int32Array;

  constructor(
    private readonly path: string,
    private readonly lines: number,
    private readonly refuse: (rowBytes: number) => void,
  ) {
    this.#answers = new Int32Array(lines);
  }

  /** Takes the next row; `broken` says what is wrong with its quotes. */
  row(cells: readonly string[], broken: string | undefined): void {
    const line = this.#line;
    this.#line += 1 + cells.reduce((n, c) => n + (c.includes("\n") ? c.split("\n").length - 1 : 0), 0);
    if (cells.length === 1 && cells[0]!.trim() === "") return;
    if (broken !== undefined) this.#fail(`the quotes of line ${line} do not match: ${broken}`);
    if (this.#width === 0) {
      this.#begin(cells);
      if (this.#header) return;
    }
    if (cells.length !== this.#width)
      this.#fail(`line ${line} has another number of cells`, `${this.#width}, as the first line has`, String(cells.length));
    const from = this.#rows * this.#features.length;
    this.#features.forEach((c, k) => (this.#values[from + k] = this.#number(cells[c]!.trim(), c, line)));
    const word = cells[this.#answer]!.trim();
    if (MISSING.test(word)) this.#missing(word, this.#answer, line);
    const known = this.#words.get(word) ?? this.#words.size;
    this.#words.set(word, known);
    this.#answers[this.#rows++] = known;
  }

  /** The examples of all rows. */
  data(): DataSet {
    if (this.#rows === 0) this.#fail("the table has no examples", "a row of numbers for each");
    const name = this.#header ? `the column ${this.#header[this.#answer]!}` : "the last column";
    const surely = this.#header?.[this.#answer]?.toLowerCase() === "label";
    const { answers, told } = learnedOf({ words: [...this.#words.keys()], rows: this.#answers.subarray(0, this.#rows) }, name, surely);
    const left = this.#width - 1 - this.#features.length;
    return {
      name: this.path,
      about: `${plural(this.#rows, "example")} of ${this.path}, ${plural(this.#features.length, "feature")}, ${told}${left > 0 ? "; its first column, which has no name, is left out" : ""}`,
      train: {
        count: this.#rows,
        inputs: new Map([["", storedColumn({ dtype: "float32", shape: [this.#features.length] }, this.#values)]]),
        answers,
      },
      validation: undefined,
      standardised: false,
    };
  }

  /** Takes the first row: names, where it has one of a column that is to be learned, or no number. */
  #begin(cells: readonly string[]): void {
    this.#width = cells.length;
    const names = cells.map((c) => c.trim());
    if (names.some((n) => NAMED.test(n)) || !names.some(isNumber)) this.#header = names;
    const answers = this.#header?.filter((n) => NAMED.test(n)) ?? [];
    if (answers.length > 1)
      this.#fail(
        "the table has more than one column to be learned",
        "label or target, once",
        answers.join(", "),
        "give the others another name, or leave them out",
      );
    const named = this.#header?.findIndex((n) => NAMED.test(n)) ?? -1;
    this.#answer = named >= 0 ? named : cells.length - 1;
    // pandas writes the numbers of its rows into a first column without a name.
    const first = this.#header?.[0] === "" ? 1 : 0;
    this.#features = cells.flatMap((_, c) => (c < first || c === this.#answer ? [] : [c]));
    if (this.#features.length === 0) this.#fail("the table has one column", "features, and what is to be learned");
    this.refuse(4 * this.#features.length + 4);
    this.#values = new Float32Array(this.lines * this.#features.length);
  }

  #number(cell: string, column: number, line: number): number {
    if (MISSING.test(cell)) return this.#missing(cell, column, line);
    const value = Number(cell);
    if (Number.isFinite(value)) return value;
    if (/^(true|false)$/i.test(cell)) return cell.toLowerCase() === "true" ? 1 : 0;
    return this.#fail(
      `line ${line}, ${this.#called(column)}, is no number`,
      undefined,
      JSON.stringify(cell.slice(0, 40)),
      "turn words into numbers, or leave the column out; decimals take a point",
    );
  }

  #missing(cell: string, column: number, line: number): never {
    return this.#fail(
      `a value is missing in line ${line}, ${this.#called(column)}`,
      undefined,
      cell === "" ? "an empty cell" : JSON.stringify(cell),
      "fill it in, or leave the row out",
    );
  }

  #called(column: number): string {
    const name = this.#header?.[column] ?? "";
    return name === "" ? `column ${column + 1}` : `column ${name}`;
  }

  #fail(what: string, expected?: string, received?: string, fix?: string): never {
    return invalid(what, this.path, {
      ...(expected === undefined ? {} : { expected }),
      ...(received === undefined ? {} : { received }),
      ...(fix === undefined ? {} : { fix }),
    });
  }
}
