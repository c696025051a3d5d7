import { t } from "../language/language.ts";

/** Copies a text; browsers allow that on secure pages alone, so others get it shown, selected. */
export async function copy(text: string): Promise<void> {
  if (navigator.clipboard !== undefined) return await navigator.clipboard.writeText(text);
  const field = Object.assign(document.createElement("textarea"), { value: text, readOnly: true });
  // In an open dialog, since nothing outside of one can be selected.
  (document.querySelector("dialog[open]") ?? document.body).append(field);
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  if (!isCopied) prompt(t("app.copy"), text);
}
