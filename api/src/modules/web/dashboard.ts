import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Context } from "hono";
import { accepts } from "hono/accepts";
import type { App, AppEnv } from "../../app-env.ts";
import type { ApiConfig } from "../../config.ts";
import { type PublicLinks, pathOfService } from "../../http/public-links.ts";

/** What `bun run build` in `web/` writes beside its files. */
interface Built {
  /** The page, in which `{{base}}` stands for where the service is. */
  readonly page: string;
  /** Content types by the names of files, which change with their content. */
  readonly types: Readonly<Record<string, string>>;
}

// Nothing inline and nothing of others, save pictures of videos, which the sources' own servers have.
const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' https: data:",
  "media-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

/**
 * `GET /`: the dashboard for a browser, links as JSON for anything else; `GET /app/…`: its views, all of them one page; and its
 * files. The page is built beforehand; where that was not done, it says so. Where there is to be no dashboard, links alone.
 */
export function registerDashboard(
  app: App,
  config: Pick<ApiConfig, "publicUrl" | "basePath" | "dashboard" | "version">,
  links: PublicLinks,
): void {
  const { version, dashboard } = config;
  const describeService = {
    name: "Vidferry",
    version,
    links: {
      downloads: links.to("/api/v1/downloads"),
      docs: links.to("/docs"),
      openapi: links.to("/openapi.json"),
      health: links.to("/health"),
      ...(dashboard && { dashboard: links.to("/app/") }),
    },
  };
  if (!dashboard) {
    app.get("/", (c) => c.json(describeService));
    return;
  }
  const folder = join(dirname(createRequire(import.meta.url).resolve("@vidferry/web/package.json")), "dist");
  const base = pathOfService(config);
  let built: Promise<Built | null> | undefined;
  const read = (): Promise<Built | null> => {
    built ??= readFile(join(folder, "built.json"), "utf8").then(
      (text) => JSON.parse(text) as Built,
      () => {
        built = undefined;
        return null;
      },
    );
    return built;
  };

  const answerPage = async (c: Context<AppEnv>): Promise<Response> => {
    const page = (await read())?.page ?? notBuilt;
    return c.html(page.replaceAll("{{base}}", base), 200, {
      "content-security-policy": pagePolicy,
      "cache-control": "no-cache",
      vary: "Accept",
    });
  };

  app.get("/", async (c): Promise<Response> => {
    const wanted = accepts(c, {
      header: "Accept",
      supports: ["application/json", "text/html"],
      default: "application/json",
    });
    if (wanted === "text/html") return answerPage(c);
    c.header("vary", "Accept");
    return c.json(describeService);
  });

  app.get("/app/files/:name", async (c) => {
    const name = c.req.param("name");
    const types = (await read())?.types ?? {};
    const type = Object.hasOwn(types, name) ? types[name] : undefined;
    if (type === undefined) return c.notFound();
    const headers = {
      "content-type": type,
      "cache-control": "public, max-age=31536000, immutable",
      vary: "Accept-Encoding",
    };
    const isCompressed = Object.hasOwn(types, `${name}.br`) && /\bbr\b/.test(c.req.header("accept-encoding") ?? "");
    const bytes = await readFile(join(folder, isCompressed ? `${name}.br` : name));
    return c.body(new Uint8Array(bytes), 200, isCompressed ? { ...headers, "content-encoding": "br" } : headers);
  });
  app.get("/app", answerPage);
  app.get("/app/*", answerPage);
}

const notBuilt = `<!doctype html>
<html lang="en">
<title>Vidferry</title>
<h1>Vidferry</h1>
<p>The service runs. Its dashboard was not built: run <code>bun run build</code> in <code>web/</code>. <a href="{{base}}docs">The API</a></p>
</html>`;
