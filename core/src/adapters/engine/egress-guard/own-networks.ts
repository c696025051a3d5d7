import { networkInterfaces } from "node:os";

/** The networks that this machine is on, each as its address there with the prefix. */
export function systemNetworks(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).flatMap(({ cidr }) => cidr ?? []));
}
