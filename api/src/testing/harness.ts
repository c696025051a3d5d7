import { expect, onTestFinished } from "bun:test";
import type { Telemetry } from "@vidferry/core";
import { createApp } from "../app.ts";
import type { App } from "../app-env.ts";
import { type Auth, createOpenAuth } from "../auth/auth.ts";
import { type ApiConfig, defaultApiConfig } from "../config.ts";
import { Problem } from "../http/problem.ts";
import type { RequestLimits } from "../limits/limits.ts";
import type { AnswerMcp } from "../modules/mcp/answer-mcp.ts";
import { type Contract, createContract } from "./contract.ts";
import { createFakeService, type FakeService } from "./fake-service.ts";
import { createLogRecorder } from "./log-recorder.ts";

// All apps register the same routes, whatever their configuration.
let contract: Contract | undefined;

/** Compares every answer of the app, however it is asked for, with the OpenAPI document; what differs fails the running test. */
export function watchAnswers(app: App): App {
  const breaches: string[] = [];
  onTestFinished(function keepsToTheDocument() {
    expect(breaches).toEqual([]);
  });
  const answer = app.fetch;
  contract ??= createContract(app);
  const { breachesOf } = contract;
  app.fetch = async (request, ...rest) => {
    const response = await answer(request, ...rest);
    breaches.push(...(await breachesOf(request.method, new URL(request.url).pathname, response)));
    return response;
  };
  return app;
}

/** An app over the fake service. Its answers must be as the OpenAPI document says, else the test fails. */
export interface Harness {
  readonly app: App;
  readonly service: FakeService;
  readonly logger: ReturnType<typeof createLogRecorder>;
  /** A request with a JSON body, if there is one. */
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>;
}

/** What differs from a service without keys and limits. */
export interface HarnessOptions {
  readonly auth?: Auth;
  readonly limits?: RequestLimits;
  readonly config?: Partial<ApiConfig>;
  readonly telemetry?: Telemetry;
  readonly answerMcp?: AnswerMcp;
}

export function createHarness(over: HarnessOptions = {}): Harness {
  const harness = createUnwatched(over);
  watchAnswers(harness.app);
  return harness;
}

/** The same for what no test runs, as where tests are made of what the document says: nobody compares its answers. */
export function createUnwatched(over: HarnessOptions = {}): Harness {
  const service = createFakeService();
  const logger = createLogRecorder();
  // Requests of tests come from nowhere.
  const config: ApiConfig = { ...defaultApiConfig, version: "1.2.3", unknownCallers: "admit", ...over.config };
  const limits = over.limits === undefined ? {} : { limits: over.limits };
  const telemetry = over.telemetry === undefined ? {} : { telemetry: over.telemetry };
  const mcp = over.answerMcp === undefined ? {} : { answerMcp: over.answerMcp };
  const metrics = {
    contentType: "text/plain; version=0.0.4; charset=utf-8",
    text: async () => "vidferry_worker_jobs_running 0\n",
  };
  const app = createApp({
    service,
    metrics,
    auth: over.auth ?? createOpenAuth(),
    ...limits,
    ...telemetry,
    ...mcp,
    config,
    logger,
  });
  return {
    app,
    service,
    logger,
    send: async (method, path, body, headers = {}) =>
      app.request(path, {
        method,
        headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
  };
}

/** Asserts that the answer is a whole problem with this code, and returns it. */
export async function expectProblem(response: Response, status: number, code: string): Promise<Problem> {
  const text = await response.text();
  expect({ status: response.status, code: (JSON.parse(text || "{}") as Partial<Problem>).code }).toEqual({
    status,
    code: code as Problem["code"],
  });
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  const problem = Problem.parse(JSON.parse(text));
  expect(problem.status).toBe(status);
  expect(problem.requestId).toBe(response.headers.get("x-request-id") ?? "none");
  expect(problem.type).toEndWith(`/docs/errors#${code}`);
  return problem;
}
