import { ConfigError } from "../config/config.ts";

/**
 * Loads the adapter that a setting chooses. Its driver is an optional peer of this package, so that nobody installs
 * drivers of servers that they do not use.
 * @throws ConfigError with the setting and what to install, when the driver is not there.
 */
export async function loadAdapter<T>(variable: string, drivers: readonly string[], load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (!drivers.some((driver) => isMissing(driver, error))) throw error;
    const names = drivers.join(" ");
    throw new ConfigError([`${variable}: its driver is not installed; add it to your program: npm install ${names}`]);
  }
}

/** Runtimes agree on no code for it, but all of them quote the name of the package that they did not find. */
function isMissing(name: string, error: unknown): boolean {
  return error instanceof Error && (error.message.includes(`'${name}'`) || error.message.includes(`"${name}"`));
}
