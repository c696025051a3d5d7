// What an import loads, on Node: `loaded.mjs <specifier>` prints the address of every module, of the import and all behind it.
import { registerHooks } from "node:module";

const loaded = new Set();
registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    loaded.add(resolved.url);
    return resolved;
  },
});
await import(process.argv.at(-1));
console.log(JSON.stringify([...loaded]));
