/**
 * Reads the options of a program, or says how it is used and ends: with `--help`, and where an option is not known or lacks its
 * value (exit code 2).
 * @param usage how it is called, with its options.
 */
export function orUsage<T>(usage: string, read: () => T): T {
  if (process.argv.slice(2).some((word) => word === "--help" || word === "-h")) {
    console.log(usage);
    process.exit(0);
  }
  try {
    return read();
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${usage}`);
    process.exit(2);
  }
}
