import { errorCodeNames, errorCodes, isRetryable, type RetryRule } from "@vidferry/core";
import { html, raw } from "hono/html";
import type { App } from "../../app-env.ts";
import { errorGuide } from "./generated/error-guide.ts";

// No script at all, and styles from here alone.
const policy = [
  "default-src 'none'",
  "style-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const styles = `:root { color-scheme: light dark; }
body { margin: 0 auto; max-width: 46rem; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
nav ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; padding: 0; list-style: none; }
nav a { display: inline-block; padding: 0.25rem 0; }
section { border-top: 1px solid #8886; padding-top: 0.5rem; }
section:target { border-top: 3px solid #36c; }
h2 { margin: 0.5rem 0; font-size: 1.15rem; }
h2 a { color: inherit; text-decoration: none; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.1rem 0.75rem; }
dt { opacity: 0.75; }
dd { margin: 0; }
code { font-size: 0.9em; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; overflow-wrap: normal; }
th, td { border: 1px solid #8886; padding: 0.25rem 0.5rem; text-align: left; vertical-align: top; }
`;

/** `GET /docs/errors`: a section for each code, which is what `type` in a problem points to. */
export function registerErrorPage(app: App): void {
  app.get("/docs/errors", (c) => {
    // Relative, so that the page works behind a path in front, and with a slash at the end.
    const here = new URL(c.req.url).pathname.endsWith("/") ? ".." : ".";
    return c.html(errorPage(here), 200, { "content-security-policy": policy, "cache-control": "no-cache" });
  });
  app.get("/docs/errors.css", (c) =>
    c.body(styles, 200, { "content-type": "text/css; charset=utf-8", "cache-control": "no-cache" }),
  );
}

const retries: Readonly<Record<RetryRule, string>> = {
  never: "the same again has the same answer; a job fails at once",
  backoff: "a job is tried again, with growing pauses",
  egress: "a job is tried again, with pauses of a minute to an hour, since the site limits the address",
  "at-start": "a job waits until it starts",
};

function errorPage(here: string): ReturnType<typeof html> {
  const links = errorCodeNames.map((code) => html`<li><a href="#${code}"><code>${code}</code></a></li>\n`);
  const sections = errorCodeNames.map((code) => {
    const { status, title, hint, retry } = errorCodes[code];
    return html`<section id="${code}">
<h2><a href="#${code}"><code>${code}</code></a></h2>
<p><strong>${title}.</strong> ${withCode(hint)}</p>
<dl>
<dt>Status</dt><dd>${status}, as the answer to a request</dd>
<dt>Retryable</dt><dd>${isRetryable(code) ? "yes" : "no"}: ${retries[retry]}</dd>
</dl>
${raw(errorGuide[code] ?? "")}
</section>
`;
  });
  return html`${raw("<!doctype html>")}
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Vidferry error codes</title>
<link rel="stylesheet" href="${here}/errors.css">
</head>
<body>
<h1>Error codes</h1>
<p>Every failure has one of these codes: the <code>code</code> of a problem, whose <code>type</code> leads here, or of the <code>error</code> of a
job. <a href="${here}/../docs">The API</a></p>
<nav><ul>
${links}</ul></nav>
<main>
${sections}</main>
</body>
</html>`;
}

/** Hints are Markdown of one kind: code in backticks. */
function withCode(hint: string) {
  return hint.split("`").map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : html`${part}`));
}
