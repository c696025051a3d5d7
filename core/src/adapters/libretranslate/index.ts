export { type CheckedTranslator, type LibreTranslateOptions, libreTranslate } from "./translator.ts";
