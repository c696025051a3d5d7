/** Puts what the sources load beside them, and the compiler leaves out, beside what it made. */
const sources = `${import.meta.dirname}/../src`;
for (const path of new Bun.Glob("**/*").scanSync({ cwd: sources })) {
  if (path.endsWith(".ts") || path.includes("fixtures/")) continue;
  await Bun.write(`${sources}/../dist/${path}`, Bun.file(`${sources}/${path}`));
}
