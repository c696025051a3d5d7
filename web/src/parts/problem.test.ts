import { expect, test } from "bun:test";
import { ApiError, type Problem } from "@vidferry/sdk";
import { problemOf } from "./problem.ts";

test("an error of the service is told with its fields, what helps, and its request", () => {
  const problem = {
    ...{ title: "The request is not valid", status: 422, detail: "Two fields are wrong.", code: "invalid_request" },
    ...{ requestId: "req_1", hint: "Correct them.", errors: [{ path: "/cron", message: "is no expression" }] },
  } as unknown as Problem;
  expect(problemOf(new ApiError(422, problem, null))).toEqual({
    text: "Two fields are wrong. /cron: is no expression Correct them.",
    requestId: "req_1",
  });
});

test("what is no answer has no request", () => {
  expect(problemOf(new Error("no connection"))).toEqual({ text: "no connection", requestId: null });
  expect(problemOf("odd")).toEqual({ text: "odd", requestId: null });
});
