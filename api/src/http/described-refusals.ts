import { describeProblem } from "./problem.ts";
import { unreadableStatuses } from "./unreadable.ts";

const names: Readonly<Record<keyof typeof unreadableStatuses, string>> = {
  400: "UnreadableRequest",
  408: "SlowRequest",
  414: "LongAddress",
  431: "LongHeaders",
};

/** A part of the document. */
type Described = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const each = Object.entries(names).map(([status, name]) => [Number(status) as keyof typeof names, name] as const);

/** The answers to requests that are refused before their operation is found, as components of the OpenAPI document. */
export const refusalComponents: Described = Object.fromEntries(
  each.map(([status, name]) => [name, describeProblem("invalid_request", status, unreadableStatuses[status])]),
);

/** References to them, by status, for the `responses` of every operation. */
export const refusals: Described = Object.fromEntries(
  each.map(([status, name]) => [status, { $ref: `#/components/responses/${name}` }]),
);
