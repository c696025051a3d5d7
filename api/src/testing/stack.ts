import { defaultHostPolicy, type Probe } from "@vidferry/core";
import { createServiceFixture } from "@vidferry/testing";
import { createApp } from "../app.ts";
import { createOpenAuth } from "../auth/auth.ts";
import { type ApiConfig, defaultApiConfig } from "../config.ts";
import { createService } from "../create-service.ts";
import { watchAnswers } from "./harness.ts";

/** An API over real use cases and a store in memory; `other` is as another process on the same store. */
export async function createStack(probe: () => Promise<Probe> = () => Promise.reject(new Error("no probe"))) {
  const fixture = await createServiceFixture();
  const { deps } = fixture;
  const start = () => {
    const service = createService(deps, { hosts: defaultHostPolicy, maxAttempts: 3, linkSeconds: 60, probe });
    const config: ApiConfig = { ...defaultApiConfig, unknownCallers: "admit" };
    return watchAnswers(createApp({ service, auth: createOpenAuth(), config, logger: deps.logger }));
  };
  const [app, other] = [start(), start()];
  const send = async (method: string, path: string, body?: unknown, headers = {}, at = app): Promise<Response> =>
    at.request(`/api/v1${path}`, {
      method,
      headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  return { ...fixture, send, app, other, [Symbol.asyncDispose]: () => fixture[Symbol.asyncDispose]() };
}
