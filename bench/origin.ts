/** A media origin in its own process, so that it shares no event loop with what is measured; prints its port. */
import { startMediaOrigin } from "@vidferry/testing";

await using origin = await startMediaOrigin();
console.log(origin.port);
await new Promise<void>((resolve) => process.once("SIGTERM", () => resolve()));
