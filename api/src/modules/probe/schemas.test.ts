import { expect, test } from "bun:test";
import type { Probe } from "@vidferry/core";
import type { ProbeResult } from "./schemas.ts";

test("the schema of a probe and the port's type are the same", () => {
  // Both assignments fail to compile when one side gains or loses a field.
  const same: [Probe extends ProbeResultReadonly ? true : false, ProbeResult extends Probe ? true : false] = [
    true,
    true,
  ];
  expect(same).toEqual([true, true]);
});

type DeepReadonly<T> = T extends readonly (infer E)[]
  ? readonly DeepReadonly<E>[]
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T;
type ProbeResultReadonly = DeepReadonly<ProbeResult>;
