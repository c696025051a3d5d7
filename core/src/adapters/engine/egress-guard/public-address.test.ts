import { describe, expect, test } from "bun:test";
import { isLoopbackAddress, isMetadataAddress, isPublicAddress } from "./public-address.ts";

describe("public addresses", () => {
  test.each([
    "8.8.8.8",
    "142.250.74.46",
    "::ffff:8.8.8.8",
    "2606:4700::1111",
    "64:ff9b::808:808",
    "9.255.255.255",
    "172.32.0.1",
  ])("%s is public", (address) => expect(isPublicAddress(address)).toBe(true));

  test.each([
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:a00:1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::808:808",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:808:808::",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%2",
    "168.63.129.16",
    "::ffff:168.63.129.16",
    "64:ff9b::a83f:8110",
    "100.100.100.200",
    "fd00:ec2::254",
    "1234::1",
    "3fff::1",
    "4000::1",
    "5f00::1",
    "a000::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "fec0::1",
    "ff02::1",
    "example.com",
    "",
  ])("%s is not public", (address) => expect(isPublicAddress(address)).toBe(false));

  test("the metadata services of clouds are known in every notation", () => {
    const known = [
      "169.254.169.254",
      "168.63.129.16",
      "::ffff:169.254.169.254",
      "64:ff9b::a9fe:a9fe",
      "FD00:EC2:0::254",
    ];
    expect(known.filter((address) => !isMetadataAddress(address))).toEqual([]);
    expect(["8.8.8.8", "169.254.1.1", "metadata.google.internal"].some(isMetadataAddress)).toBe(false);
  });

  test("this machine is known under all its addresses", () => {
    expect(["127.0.0.1", "127.9.9.9", "::1", "0.0.0.0", "::", "::ffff:127.0.0.1"].every(isLoopbackAddress)).toBe(true);
    expect(["10.0.0.1", "8.8.8.8", "fe80::1", "localhost"].some(isLoopbackAddress)).toBe(false);
  });
});
