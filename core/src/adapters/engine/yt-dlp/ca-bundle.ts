import { readFile } from "node:fs/promises";
import { rootCertificates } from "node:tls";
import { AppError } from "../../../errors/app-error.ts";

/** Where systems keep their public authorities as one file: Debian and Alpine, Fedora, macOS. */
const systemBundles = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];

/**
 * The operator's authorities together with the public ones, as PEM. A single file has to hold them all, because
 * SSL_CERT_FILE replaces the authorities that a program knows by itself.
 */
export async function caBundle(caFile: string): Promise<string> {
  const [extra, ...system] = await Promise.all([
    readFile(caFile, "utf8").catch((cause: unknown) => {
      throw new AppError("tool_missing", "The file with extra certificate authorities cannot be read.", {
        cause,
        hint: "Check CA_FILE on the worker.",
      });
    }),
    ...systemBundles.map((path) => readFile(path, "utf8").catch(() => "")),
  ]);
  const known = system.find((text) => text !== "");
  return [extra, known ?? rootCertificates.join("\n")].join("\n");
}
