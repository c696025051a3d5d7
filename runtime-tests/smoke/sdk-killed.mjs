// Follows a job with the installed client while its service is killed again and again: `sdk-killed.mjs <base URL> <id>`.
import { Vidferry } from "@vidferry/sdk";

const [baseUrl, id] = (globalThis.Deno?.args ?? globalThis.process.argv.slice(2)).slice(-2);
const events = [];
for await (const event of new Vidferry({ baseUrl }).downloads.events(id)) events.push(event.id);
console.log(JSON.stringify(events));
