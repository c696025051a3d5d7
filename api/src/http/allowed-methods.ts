import { AppError } from "@vidferry/core";
import type { App } from "../app-env.ts";
import { problemResponse } from "./problem.ts";

/** The path that a route pattern answers to, whatever its parameters are called. */
const shapeOf = (path: string): string => path.replaceAll(/:[^/]+/g, ":");

/** Answers 405 with `Allow` where a path exists and the method does not, and OPTIONS with 204. Call it after all routes. */
export function answerOtherMethods(app: App, linkBase: string | null): void {
  const methods = new Map<string, { readonly path: string; readonly methods: Set<string> }>();
  for (const { path, method } of app.routes) {
    if (method === "ALL") continue;
    const entry = methods.get(shapeOf(path)) ?? { path, methods: new Set(["OPTIONS"]) };
    entry.methods.add(method);
    if (method === "GET") entry.methods.add("HEAD");
    methods.set(shapeOf(path), entry);
  }
  for (const entry of methods.values()) {
    const allow = [...entry.methods].sort().join(", ");
    app.all(entry.path, (c) => {
      if (c.req.method === "OPTIONS") return c.body(null, 204, { Allow: allow });
      const error = new AppError("method_not_allowed", `This path takes ${allow}.`);
      const response = problemResponse(error, { requestId: c.get("requestId"), linkBase });
      response.headers.set("allow", allow);
      return response;
    });
  }
}
