/** A temporary certificate authority and a server certificate signed by it, as PEM. */
export interface TestCertificates {
  /** The authority's certificate: what a client has to trust. */
  readonly ca: string;
  /** The server's certificate. */
  readonly cert: string;
  /** The server's private key (PKCS #8). The authority's own key is discarded at once. */
  readonly key: string;
}

/** Loaded when the first certificate is made: most programs that import this package make none. */
async function loadX509() {
  // Resolves its algorithms through tsyringe, which needs this polyfill to be loaded before it.
  await import("reflect-metadata");
  return await import("@peculiar/x509");
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
  const x509 = await loadX509();
  const validity = { notBefore: new Date(Date.now() - dayMs), notAfter: new Date(Date.now() + 30 * dayMs) };
  const authorityKeys = await newKeys();
  const serverKeys = await newKeys();

  const authority = await x509.X509CertificateGenerator.create({
    ...validity,
    serialNumber: newSerialNumber(),
    subject: "CN=Vidferry sample authority",
    issuer: "CN=Vidferry sample authority",
    publicKey: authorityKeys.publicKey,
    signingKey: authorityKeys.privateKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(authorityKeys.publicKey),
    ],
  });

  const server = await x509.X509CertificateGenerator.create({
    ...validity,
    serialNumber: newSerialNumber(),
    subject: `CN=${hosts[0] ?? "localhost"}`,
    issuer: authority.subject,
    publicKey: serverKeys.publicKey,
    signingKey: authorityKeys.privateKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        hosts.map((value) => ({ type: /^[\d.]+$/.test(value) ? ("ip" as const) : ("dns" as const), value })),
      ),
      await x509.SubjectKeyIdentifierExtension.create(serverKeys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(authorityKeys.publicKey),
    ],
  });

  const privateKey = await crypto.subtle.exportKey("pkcs8", serverKeys.privateKey);
  return {
    ca: `${authority.toString("pem")}\n`,
    cert: `${server.toString("pem")}\n`,
    key: `${x509.PemConverter.encode(privateKey, "PRIVATE KEY")}\n`,
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
