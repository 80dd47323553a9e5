/**
 * Returns the columns that standard output has: those of the terminal, or, where it is piped, those that the environment says (`COLUMNS`). Undefined where
 * nobody says: texts then have the width of a page, and lists the lines that a program reads.
 */
export function terminalColumns(): number | undefined {
  const own = process.stdout.columns as number | undefined;
  if (own !== undefined) return own;
  const said = process.env["COLUMNS"] ?? "";
  return /^[1-9]\d{0,5}$/.test(said) ? Number(said) : undefined;
}
