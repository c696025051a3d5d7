import { t } from "../language/language.ts";
import { CopyButton } from "./copy-button.tsx";

interface SecretOnceProps {
  /** What it is, and that it is shown once. */
  readonly text: string;
  readonly secret: string;
  readonly onClose: () => void;
}

/** A secret that the service tells once. It is nowhere else in the page, and gone when it is closed. */
export function SecretOnce({ text, secret, onClose }: SecretOnceProps) {
  return (
    <div class="card secret" role="status">
      <p>{text}</p>
      <p class="line">
        <code>{secret}</code>
        <CopyButton text={secret} />
        <button type="button" class="quiet" aria-label={t("app.close")} onClick={onClose}>
          ✕
        </button>
      </p>
    </div>
  );
}
