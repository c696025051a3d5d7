import { composeVidferry, type Vidferry, type VidferryOptions } from "./compose-vidferry.ts";
import { libraryError } from "./library-words.ts";
import { speakLibrary } from "./speak-library.ts";

/**
 * Makes a {@link Vidferry}. Nothing is started or connected before it is used.
 * @throws `ConfigError` when a file that an option names cannot be read; `AppError` `invalid_request` for an option that cannot be.
 */
export function createVidferry(options: VidferryOptions = {}): Vidferry {
  try {
    return speakLibrary(composeVidferry(options));
  } catch (error) {
    throw libraryError(error);
  }
}
