/** Content types by the endings of files. */
export const contentTypes: Readonly<Record<string, string>> = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".webmanifest": "application/manifest+json",
};

/** The one page of the dashboard. `{{base}}` is replaced by whoever serves it. */
export function pageOf(files: Readonly<Record<"script" | "styles" | "icon" | "manifest", string>>): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<base href="{{base}}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Vidferry</title>
<link rel="icon" type="image/svg+xml" href="app/files/${files.icon}">
<link rel="manifest" href="app/files/${files.manifest}">
<link rel="stylesheet" href="app/files/${files.styles}">
<script type="module" src="app/files/${files.script}"></script>
</head>
<body>
<noscript>The dashboard needs JavaScript. <a href="docs">The API</a> does not.</noscript>
<div id="app"></div>
</body>
</html>
`;
}

/** What makes the page installable, and a target of a phone's share sheet. Its addresses count from its own, below `app/files/`. */
export function manifestOf(icon: string): object {
  return {
    name: "Vidferry",
    short_name: "Vidferry",
    description: "Downloads videos.",
    id: "../",
    start_url: "../",
    scope: "../",
    display: "standalone",
    icons: [{ src: icon, type: "image/svg+xml", sizes: "any", purpose: "any maskable" }],
    share_target: {
      action: "../",
      method: "GET",
      enctype: "application/x-www-form-urlencoded",
      params: { title: "title", text: "text", url: "url" },
    },
  };
}
