// What the installed client says of answers that are not the service's: `sdk-odd-answers.mjs <base> <base with TLS> <closed base>`.
import { Vidferry } from "@vidferry/sdk";

const [base, secure, closed] = (globalThis.Deno?.args ?? globalThis.process.argv.slice(2)).slice(-3);
const said = {};
const note = async (name, call) => {
  const error = await call().catch((error) => error);
  said[name] = [error?.name, error?.reason ?? error?.status, error?.message];
};
const at = (baseUrl) => new Vidferry({ baseUrl, apiKey: "vf_key", maxRetries: 0 });

for (const kind of ["html", "empty", "other", "list", "gone"]) {
  await note(kind, () => at(`${base}/${kind}`).downloads.get("job_1"));
}
await note("moved", () => at(`${base}/moved`).downloads.create({ url: "https://youtu.be/dQw4w9WgXcQ" }));
await note("removed", () => at(`${base}/html`).downloads.remove("job_1"));
await note("events", () => at(`${base}/html`).downloads.events("job_1").next());
await note("file", () => at(`${base}/html`).downloads.file("job_1", "art_1"));
await note("refused", () => at(closed).downloads.get("job_1"));
await note("host", () => at("http://nowhere.invalid").downloads.get("job_1"));
await note("certificate", () => at(secure).downloads.get("job_1"));
// Pages in a home network that were loaded over HTTP have no such function.
crypto.randomUUID = undefined;
await note("id", () => at(`${base}/html`).downloads.create({ url: "https://youtu.be/dQw4w9WgXcQ" }));
console.log(JSON.stringify(said));
