export { type LibreTranslateOptions, libreTranslate } from "./translator.ts";
