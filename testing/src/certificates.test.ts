import { expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { makeCertificates } from "./certificates.ts";

test("the server certificate is signed by the authority and names every host asked for", async () => {
  const made = await makeCertificates(["youtube.com", "*.youtube.com", "127.0.0.1"]);
  const [authority, server] = [new X509Certificate(made.ca), new X509Certificate(made.cert)];
  expect(authority.ca).toBe(true);
  expect(server.ca).toBe(false);
  expect(server.verify(authority.publicKey)).toBe(true);
  expect(server.checkHost("www.youtube.com")).toBeDefined();
  expect(server.checkHost("example.com")).toBeUndefined();
  expect(server.checkIP("127.0.0.1")).toBe("127.0.0.1");
});

test("each call makes another authority, so one test's trust says nothing about another's", async () => {
  const [one, other] = [await makeCertificates(["a.test"]), await makeCertificates(["a.test"])];
  expect(one.ca).not.toBe(other.ca);
});
