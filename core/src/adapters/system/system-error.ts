/** The `code` of an error of the operating system, such as `ENOENT`; null for anything else. */
export function systemCode(error: unknown): string | null {
  const code = (error as { code?: unknown } | null)?.code;
  return error instanceof Error && typeof code === "string" ? code : null;
}

/** Whether there was no room on a disk, or a quota is used up. */
export function isDiskFull(error: unknown): boolean {
  return ["ENOSPC", "EDQUOT"].includes(systemCode(error) ?? "");
}
