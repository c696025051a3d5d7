/** The ways to send a key, for the description of an operation. */
export const secured: { [scheme: string]: string[] }[] = [{ bearerKey: [] }, { headerKey: [] }];

/** For operations that need no key. */
export const keyless: { [scheme: string]: string[] }[] = [];
