/** Where the caller's programs are: as for any program that starts others, what a shell would find is found. */
export const callersPath = (): string | undefined => process.env["PATH"];
