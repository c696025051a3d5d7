import { useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { t } from "../language/language.ts";
import { notifyError } from "./notices.ts";

/** A view whose code is loaded when it is first shown. */
export function lazy<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  let loaded: ComponentType<P> | null = null;
  return function Lazy(props: P) {
    const isLoaded = useSignal(loaded !== null);
    useEffect(() => {
      if (loaded !== null) return;
      load().then((view) => {
        loaded = view;
        isLoaded.value = true;
      }, notifyError);
    }, [isLoaded]);
    const View = loaded;
    return isLoaded.value && View !== null ? <View {...props} /> : <p class="loading muted">{t("app.loading")}</p>;
  };
}
