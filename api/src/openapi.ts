import { JobError, Media, ProgressEvent, SnapshotEvent } from "@vidferry/core";
import type { App } from "./app-env.ts";
import type { ApiConfig } from "./config.ts";
import { describeAnswers } from "./http/described-answers.ts";
import { linkBase } from "./http/public-links.ts";
import { describeLimits } from "./limits/describe-limits.ts";
import { socketRoutes } from "./modules/events/socket-description.ts";

const describe = (base: string | null) => `Post a link, follow the download, fetch the files.

Errors are problem details (RFC 9457) with a stable \`code\`; [\`/docs/errors\`](${base ?? ""}/docs/errors) explains each one.
Times are ISO 8601 in UTC, sizes bytes, durations seconds.`;

/** Registers the named components. Call it before the routes. */
export function registerComponents(app: App): void {
  const registry = app.openAPIRegistry;
  registry.registerComponent("securitySchemes", "bearerKey", {
    type: "http",
    scheme: "bearer",
    description: "An API key, `vf_…`. Not needed while the service runs with `AUTH=off`.",
  });
  registry.registerComponent("securitySchemes", "headerKey", { type: "apiKey", in: "header", name: "X-API-Key" });
  registry.registerComponent("securitySchemes", "ticket", {
    type: "apiKey",
    in: "query",
    name: "ticket",
    description: "Of `POST /tickets`: opens one event stream, within a minute.",
  });
  // First seen where they may be null, they would become nullable everywhere. Registering needs a method that zod-openapi gives
  // to schemas made after it was loaded; core's may be older, their clones are not.
  for (const [name, schema] of Object.entries({ Media, JobError, ProgressEvent, SnapshotEvent }))
    registry.register(name, schema.clone());
}

/** The OpenAPI 3.1 description of what is registered. Throws when a route cannot be described. */
export function openApiDocument(app: App, config: ApiConfig): ReturnType<App["getOpenAPI31Document"]> {
  const document = app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Vidferry",
      version: config.version,
      description: describe(linkBase(config)),
      contact: { name: "The operator of this service" },
      license: { name: "MIT", url: "https://opensource.org/license/mit" },
    },
    servers: [{ url: linkBase(config) ?? "/" }],
    "x-websockets": socketRoutes,
    tags: [
      { name: "downloads", description: "Jobs: make, follow, list, move, delete." },
      { name: "batches", description: "Several links, playlists and channels: make, follow, list, cancel, delete." },
      { name: "events", description: "What happens to all jobs, as it happens." },
      { name: "files", description: "The files that jobs made." },
      { name: "schedules", description: "Rules that make downloads later, or again and again." },
      { name: "webhooks", description: "Addresses that are told when jobs end." },
      { name: "keys", description: "Keys of the service; needs the scope `admin`." },
      {
        name: "egresses",
        description: "Proxies and cookies through which sites are reached; needs the scope `admin`.",
      },
      { name: "session", description: "How a browser signs in to the dashboard." },
      { name: "records", description: "Figures, history, who did what, and the workers." },
      { name: "accounts", description: "What owners may use, and have used." },
      { name: "health", description: "For monitors and orchestrators." },
    ],
  });
  return describeAnswers(describeLimits(document));
}
