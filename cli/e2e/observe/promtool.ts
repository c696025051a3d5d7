import { findPromtool } from "@vidferry/testing/services";

/** What `promtool check metrics` finds wrong with a text of metrics; empty: nothing. */
export async function problemsOf(text: string): Promise<string> {
  const program = findPromtool();
  if (program === undefined) throw new Error("promtool is not installed; bin/test installs what it can");
  const child = Bun.spawn([program, "check", "metrics"], { stdin: new Blob([text]), stdout: "pipe", stderr: "pipe" });
  const [out, said] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  const code = await child.exited;
  return code === 0 ? `${out}${said}` : `${code}: ${out}${said}`;
}
