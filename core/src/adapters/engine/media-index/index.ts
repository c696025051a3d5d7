export { chooseParts, type NeededParts } from "./choose-parts.ts";
