import { fileURLToPath, pathToFileURL } from "node:url";
import openapiTS, { astToString } from "openapi-typescript";

/** Makes the types of the API out of its OpenAPI document: `generate-types.ts [openapi.json] [schema.ts]`. */
const inPackage = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));
const [source = inPackage("openapi.json"), target = inPackage("src/generated/schema.ts")] = process.argv.slice(2);

const header = "// Made by `bun run generate` out of openapi.json. Do not edit.\n\n";
await Bun.write(target, header + astToString(await openapiTS(pathToFileURL(source))));
