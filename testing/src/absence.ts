/**
 * End of the title of a test that is skipped where a program is absent. It says so, so that `bin/test` can tell this skip from a
 * forgotten one; empty where the program was found.
 */
export function absenceOf(program: string, found: unknown): string {
  return found === undefined || found === false || found === "" ? ` (absent: ${program})` : "";
}
