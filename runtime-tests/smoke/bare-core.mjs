// The installed core without the drivers of any server: what it says to whom a setting needs one.
import { createVidferry, parseConfig } from "@vidferry/core";
import { composeBackends } from "@vidferry/core/compose";
import { createSilentLogger, systemClock } from "@vidferry/core/system";

const settings = [
  { DATABASE_URL: "postgres://127.0.0.1:1/none" },
  { REDIS_URL: "redis://127.0.0.1:1" },
  { QUEUE_URL: "https://sqs.eu-west-1.amazonaws.com/1/none" },
  { STORAGE_URL: "s3://none" },
];
const said = [];
for (const setting of settings) {
  const config = { ...parseConfig({}), DATABASE_URL: "sqlite::memory:", ...setting };
  await composeBackends(config, { clock: systemClock, logger: createSilentLogger() }).then(
    (backends) => backends.close(),
    (error) => said.push(`${error.name}: ${error.message}`),
  );
}
const vidferry = createVidferry({ proxyUrl: "socks5://127.0.0.1:1" });
await vidferry
  .probe("https://youtu.be/dQw4w9WgXcQ")
  .catch((error) => said.push(`${error.code}: ${error.message}`))
  .finally(() => vidferry.close());
console.log(JSON.stringify(said));
