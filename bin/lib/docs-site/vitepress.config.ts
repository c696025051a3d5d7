import { defineConfig } from "vitepress";
import { withMermaid } from "vitepress-plugin-mermaid";

const repository = "https://github.com/vidferry/vidferry";

/** Pages in the order of the side bar; the title of each is its first heading. */
const sections = [
  { text: "Start", pages: ["getting-started", "faq", "responsible-use"] },
  { text: "Use", pages: ["api", "sdk", "troubleshooting"] },
  { text: "Recipes", pages: ["nas", "jellyfin", "podcasts", "cron", "webhooks"].map((name) => `recipes/${name}`) },
  {
    text: "Operate",
    pages: [
      "deployment",
      "deployment-compose",
      "deployment-kubernetes",
      "deployment-systemd",
      "deployment-aws",
      "administration",
      "configuration",
      "operations",
      "observability",
      "tracing",
      "runbooks",
      "capacity",
      "upgrading",
      "security",
    ],
  },
  { text: "Inside", pages: ["architecture", "reliability", "performance"] },
];

const titleOf = (page: string): string => {
  const words = page.slice(page.lastIndexOf("/") + 1).replaceAll("-", " ");
  return (
    { api: "The API", sdk: "The client", faq: "Questions and answers", nas: "NAS" }[words] ??
    words[0]?.toUpperCase() + words.slice(1)
  );
};

export default withMermaid(
  defineConfig({
    title: "Vidferry",
    description: "A self-hosted video download service for YouTube",
    srcDir: "pages",
    outDir: "dist",
    // The pages are read on GitHub too, where README.md is a folder's first page.
    rewrites: { "README.md": "index.md" },
    cleanUrls: true,
    lastUpdated: false,
    // What lies outside of this folder is read in the repository.
    ignoreDeadLinks: [
      /^(?:\.\.?\/)+(?:README|CHANGELOG|SECURITY|CONTRIBUTING|MAINTAINERS|renovate|core|api|bin|infra|examples)/,
      /\/adr\/(?:index)?$/,
    ],
    markdown: { languageAlias: { jsonc: "json" } },
    themeConfig: {
      search: { provider: "local" },
      outline: [2, 3],
      sidebar: sections.map(({ text, pages }) => ({
        text,
        items: pages.flatMap((page) => [
          { text: titleOf(page), link: `/${page}` },
          // Made out of the sources, as pages of their own.
          ...(page === "sdk" ? [{ text: "Its reference", link: "/sdk-reference/index.html", target: "_self" }] : []),
        ]),
      })),
      socialLinks: [{ icon: "github", link: repository }],
      editLink: { pattern: `${repository}/edit/main/docs/:path` },
    },
  }),
);
