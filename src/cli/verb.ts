/** One option of a verb. */
export interface OptionSpec {
  /** Placeholder of its value in the help; absent for a flag. */
  readonly value?: string;
  readonly help: string;
  /** May be given more than once. */
  readonly multiple?: true;
}

/** Options as given: strings by name, lists where repeatable, true for flags. */
export type Given = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

/** One verb of the command line: one file each. */
export interface Verb {
  readonly options: Readonly<Record<string, OptionSpec>>;
  run(args: readonly string[], options: Given): Promise<number>;
}
