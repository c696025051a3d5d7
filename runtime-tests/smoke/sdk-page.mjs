// In a page: `?<base URL>&<id>`. Waits six times for a job and follows it, while its service is killed again and again.
import { Vidferry } from "@vidferry/sdk";

const [baseUrl, id] = location.search.slice(1).split("&").map(decodeURIComponent);
// The service is away now and then.
const { downloads } = new Vidferry({ baseUrl, maxRetries: 10 });
const said = { isSecure: isSecureContext };
globalThis.said = said;
const abort = new AbortController();
try {
  const waits = Array.from({ length: 6 }, () => downloads.wait(id, { signal: abort.signal }).catch(({ name }) => name));
  const events = [];
  const following = (async () => {
    for await (const event of downloads.events(id)) events.push(event.id);
  })();
  // A page has six connections to a host.
  said.got = (await downloads.get(id)).id;
  said.made = (await downloads.create({ url: "https://youtu.be/dQw4w9WgXcQ" })).state;
  await following;
  said.events = events;
  abort.abort();
  said.waits = await Promise.all(waits).then(({ length }) => length);
} catch (error) {
  said.error = String(error);
}
said.isDone = true;
