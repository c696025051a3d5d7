import { z } from "@hono/zod-openapi";
import { EgressResource, hostEntry } from "@vidferry/core";

const name = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "letters, digits, dots, hyphens and underscores");
const schemes = ["http:", "https:", "socks4:", "socks4a:", "socks5:", "socks5h:"];

const settings = {
  pool: name
    .nullable()
    .openapi({ description: "A second name, which several egresses may share; requests name either." }),
  enabled: z.boolean().openapi({ description: "`false`: nothing goes through it." }),
  proxyUrl: z
    .string()
    .max(2_048)
    .refine((text) => {
      const url = URL.parse(text);
      return url !== null && schemes.includes(url.protocol) && url.hostname !== "";
    }, "the URL of a proxy: http://, https:// or socks5://[user:password@]host[:port]")
    .nullable()
    .openapi({
      writeOnly: true,
      description:
        "Its proxy, which may be on a private network. Null or absent: the machine's own address. It is encrypted, and never shown.",
    }),
  cookies: z
    .string()
    .max(256 * 1024)
    .nullable()
    .openapi({ writeOnly: true, description: "Text in Netscape's form. It is encrypted, and never shown." }),
  cookiesUse: z.enum(["needed", "always"]).openapi({
    description:
      "`needed`: they are sent only after a site has asked for a login, an age or a proof that this is no bot.",
  }),
  resolvesPerHour: z.int().min(1).max(1_000_000).nullable().openapi({
    description: "Attempts and probes through it in any hour, over all workers; null: any number. Default: 250.",
  }),
  spacingSeconds: z.number().min(0).max(3_600).openapi({
    description: "Shortest pause between two of them; up to as long again is added at random. Default: 3.",
  }),
  hosts: z
    .array(
      z
        .string()
        .max(253)
        .transform((text, context) => {
          const host = hostEntry(text);
          if (host !== null) return host;
          context.addIssue({ code: "custom", message: "a host name, such as youtube.com" });
          return z.NEVER;
        }),
    )
    .max(100)
    .openapi({
      type: "array",
      items: { type: "string", minLength: 1, maxLength: 253 },
      maxItems: 100,
      description: "Hosts that it is for, with their subdomains; `youtube.com` is all of YouTube. Empty: every host.",
    }),
};

const named = z.strictObject({
  name: name.openapi({ description: "Unique; what requests, logs and metrics call it." }),
  ...settings,
});

export const CreateEgress = named.partial().required({ name: true }).openapi("CreateEgress");

export const ChangeEgress = named.partial().openapi("ChangeEgress");

export const EgressList = z.object({ data: z.array(EgressResource) }).openapi("EgressList");

export const exampleEgress: z.infer<typeof EgressResource> = {
  id: "egr_0199f3a2c4d87b1e9a5d6c3f20417e88",
  name: "homes-1",
  pool: "homes",
  builtIn: false,
  enabled: true,
  state: "cooling",
  until: "2026-11-01T12:04:00.000Z",
  reason: "youtube.com takes it for a bot (bot_check).",
  sites: [
    {
      site: "youtube.com",
      state: "cooling",
      until: "2026-11-01T12:04:00.000Z",
      reason: "youtube.com takes it for a bot (bot_check).",
    },
  ],
  proxy: { present: true },
  cookies: { present: false, checkedAt: null, valid: null },
  cookiesUse: "needed",
  resolvesPerHour: 250,
  spacingSeconds: 3,
  hosts: ["youtube.com"],
  usedThisHour: 112,
  createdAt: "2026-10-01T08:00:00.000Z",
  updatedAt: "2026-10-01T08:00:00.000Z",
};
