// The x509 library resolves its algorithms through tsyringe, which needs this polyfill to be loaded before it.
import "reflect-metadata";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";

/** A temporary certificate authority and a server certificate signed by it, as PEM. */
export interface TestCertificates {
  /** The authority's certificate: what a client has to trust. */
  readonly ca: string;
  /** The server's certificate. */
  readonly cert: string;
  /** The server's private key (PKCS #8). The authority's own key is discarded at once. */
  readonly key: string;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const dayMs = 86_400_000;

/**
 * Makes an authority and a certificate for `hosts` (DNS names, `*.` allowed, and IPv4 addresses), valid from yesterday for 30 days.
 *
 * Carries the extensions that strict verifiers ask for (Python's `VERIFY_X509_STRICT`, OpenSSL 3): critical basic constraints and
 * key usage, subject and authority key identifiers.
 */
export async function makeCertificates(hosts: readonly string[]): Promise<TestCertificates> {
  const validity = { notBefore: new Date(Date.now() - dayMs), notAfter: new Date(Date.now() + 30 * dayMs) };
  const authorityKeys = await newKeys();
  const serverKeys = await newKeys();

  const authority = await X509CertificateGenerator.create({
    ...validity,
    serialNumber: newSerialNumber(),
    subject: "CN=Vidferry sample authority",
    issuer: "CN=Vidferry sample authority",
    publicKey: authorityKeys.publicKey,
    signingKey: authorityKeys.privateKey,
    signingAlgorithm: algorithm,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(authorityKeys.publicKey),
    ],
  });

  const server = await X509CertificateGenerator.create({
    ...validity,
    serialNumber: newSerialNumber(),
    subject: `CN=${hosts[0] ?? "localhost"}`,
    issuer: authority.subject,
    publicKey: serverKeys.publicKey,
    signingKey: authorityKeys.privateKey,
    signingAlgorithm: algorithm,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(
        hosts.map((value) => ({ type: /^[\d.]+$/.test(value) ? ("ip" as const) : ("dns" as const), value })),
      ),
      await SubjectKeyIdentifierExtension.create(serverKeys.publicKey),
      await AuthorityKeyIdentifierExtension.create(authorityKeys.publicKey),
    ],
  });

  const privateKey = await crypto.subtle.exportKey("pkcs8", serverKeys.privateKey);
  return {
    ca: `${authority.toString("pem")}\n`,
    cert: `${server.toString("pem")}\n`,
    key: `${PemConverter.encode(privateKey, "PRIVATE KEY")}\n`,
  };
}

async function newKeys(): Promise<CryptoKeyPair> {
  return (await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as CryptoKeyPair;
}

/** 16 random bytes in hex; the first digit is kept below 8 because a serial number must be positive. */
function newSerialNumber(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x01;
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
