import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { SwaggerUI } from "@hono/swagger-ui";
import type { App } from "../../app-env.ts";
import { registerErrorPage } from "./error-page.ts";

// Only these: the package also holds source maps and a demo page.
const assets: Readonly<Record<string, string>> = {
  "swagger-ui.css": "text/css; charset=utf-8",
  "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
  "favicon-32x32.png": "image/png",
};

// Same origin only, and nothing inline except the styles that Swagger UI sets on its elements.
const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const start = `const description = new URL("../openapi.json", document.currentScript.src).href;
window.addEventListener("load", () => {
  window.ui = SwaggerUIBundle({ dom_id: "#swagger-ui", url: description, deepLinking: true, validatorUrl: null });
});
`;

/** `GET /docs`: Swagger UI from files of ours, and the pages below it. */
export function registerDocs(app: App): void {
  const folder = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));

  app.get("/docs", (c) => {
    // Addresses are relative, so the page also works behind a proxy that puts a path in front, and with a slash at the end.
    const here = new URL(c.req.url).pathname.endsWith("/") ? "." : "docs";
    const page = SwaggerUI({
      url: "openapi.json",
      baseUrl: here,
      manuallySwaggerUIHtml: ({ css, js }) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Vidferry API</title>
${css.map((url) => `<link rel="stylesheet" href="${url}">`).join("\n")}
<link rel="icon" href="${here}/swagger-ui-dist/favicon-32x32.png">
</head>
<body>
<div id="swagger-ui"></div>
${[...js, `${here}/start.js`].map((url) => `<script src="${url}"></script>`).join("\n")}
</body>
</html>`,
    });
    return c.html(String(page), 200, { "content-security-policy": pagePolicy, "cache-control": "no-cache" });
  });

  app.get("/docs/start.js", (c) =>
    c.body(start, 200, { "content-type": "text/javascript; charset=utf-8", "cache-control": "no-cache" }),
  );

  registerErrorPage(app);

  app.get("/docs/swagger-ui-dist/:name", async (c) => {
    const name = c.req.param("name");
    const type = Object.hasOwn(assets, name) ? assets[name] : undefined;
    if (type === undefined) return c.notFound();
    const bytes = await readFile(join(folder, name));
    return c.body(new Uint8Array(bytes), 200, { "content-type": type, "cache-control": "public, max-age=86400" });
  });
}
