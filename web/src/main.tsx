import { render } from "preact";
import { App } from "./app.tsx";
import { language } from "./language/language.ts";
import { applyTheme } from "./parts/theme.ts";

document.documentElement.lang = language;
applyTheme();
const root = document.getElementById("app");
if (root !== null) render(<App />, root);
