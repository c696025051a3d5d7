import { resolve } from "node:path";
import { createApp } from "../src/app.ts";
import { createOpenAuth } from "../src/auth/auth.ts";
import { defaultApiConfig } from "../src/config.ts";
import { openApiDocument } from "../src/openapi.ts";
import { createFakeService } from "../src/testing/fake-service.ts";
import { createLogRecorder } from "../src/testing/log-recorder.ts";

/**
 * Writes the OpenAPI document to the file that is named, or to the SDK's `openapi.json`. Nothing is started: the document is
 * made from what the routes registered, so the service behind them may be a fake.
 */
const target = resolve(process.argv[2] ?? `${import.meta.dirname}/../../sdk/openapi.json`);
const { version } = (await Bun.file(`${import.meta.dirname}/../package.json`).json()) as { version: string };
const config = { ...defaultApiConfig, version };
const app = createApp({
  service: createFakeService(),
  auth: createOpenAuth(),
  config,
  logger: createLogRecorder(),
});
await Bun.write(target, `${JSON.stringify(openApiDocument(app, config), null, 2)}\n`);
