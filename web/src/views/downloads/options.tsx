import { useSignal } from "@preact/signals";
import {
  audioFormats,
  type Choice,
  choice,
  choose,
  containers,
  ownPresets,
  qualities,
  removePreset,
  savePreset,
  textFormats,
} from "../../jobs/presets.ts";
import { t } from "../../language/language.ts";

/** What becomes of the links: three presets, and the details folded away. What is chosen is remembered on this device. */
export function Options() {
  const { type } = choice.value;
  return (
    <fieldset class="options">
      <legend class="unseen">{t("preset.legend")}</legend>
      <div class="tabs">
        {(["video", "audio", "text"] as const).map((one) => (
          <label key={one} class="choice">
            <input type="radio" name="type" value={one} checked={type === one} onChange={() => choose({ type: one })} />
            {t(`preset.${one}`)}
          </label>
        ))}
        {ownPresets.value.map((preset) => (
          <button
            key={preset.name}
            type="button"
            aria-pressed={isSame(preset.choice, choice.value)}
            onClick={() => choose(preset.choice)}
          >
            {preset.name}
          </button>
        ))}
      </div>
      {type === "video" && <Select label={t("option.quality")} field="quality" values={qualities} />}
      {type === "audio" && <Select label={t("option.format")} field="format" values={audioFormats} />}
      <details>
        <summary>{t("option.details")}</summary>
        <Details />
      </details>
    </fieldset>
  );
}

const isSame = (one: Choice, other: Choice): boolean =>
  Object.entries(one).every(([name, value]) => String(other[name as keyof Choice]) === String(value));

function Details() {
  const { type, subtitles, cutSponsors, thumbnail, languages, textFormats: chosen } = choice.value;
  const check = (field: "subtitles" | "cutSponsors" | "thumbnail", isOn: boolean, label: string) => (
    <label class="check">
      <input type="checkbox" checked={isOn} onChange={(event) => choose({ [field]: event.currentTarget.checked })} />
      {label}
    </label>
  );
  return (
    <div class="details">
      {type === "video" && <Select label={t("option.container")} field="container" values={containers} />}
      {type !== "text" && (
        <>
          {check("subtitles", subtitles, t("option.subtitles"))}
          {check("cutSponsors", cutSponsors, t("option.sponsors"))}
          {check("thumbnail", thumbnail, t("option.thumbnail"))}
        </>
      )}
      {(type === "text" || subtitles) && (
        <label>
          {t("option.languages")}
          <input
            value={languages}
            placeholder={t("option.languagesHint")}
            onInput={(event) => choose({ languages: event.currentTarget.value })}
          />
        </label>
      )}
      {type === "text" && (
        <fieldset class="checks">
          <legend>{t("option.formats")}</legend>
          {textFormats.map((one) => (
            <label key={one} class="check">
              <input
                type="checkbox"
                checked={chosen.includes(one)}
                onChange={(event) =>
                  choose({
                    textFormats: event.currentTarget.checked
                      ? [...chosen, one]
                      : chosen.filter((other) => other !== one),
                  })
                }
              />
              {one}
            </label>
          ))}
        </fieldset>
      )}
      <OwnPresets />
    </div>
  );
}

function OwnPresets() {
  const name = useSignal("");
  return (
    <fieldset class="own-presets">
      <legend class="unseen">{t("preset.own")}</legend>
      {ownPresets.value.map((preset) => (
        <button
          key={preset.name}
          type="button"
          class="chip"
          aria-label={t("preset.remove", { name: preset.name })}
          onClick={() => removePreset(preset.name)}
        >
          {preset.name} <span aria-hidden="true">✕</span>
        </button>
      ))}
      <input
        value={name.value}
        aria-label={t("preset.name")}
        placeholder={t("preset.name")}
        maxLength={40}
        onInput={(event) => (name.value = event.currentTarget.value)}
      />
      <button
        type="button"
        disabled={name.value.trim() === ""}
        onClick={() => {
          savePreset(name.value.trim());
          name.value = "";
        }}
      >
        {t("preset.saveAs")}
      </button>
    </fieldset>
  );
}

interface SelectProps {
  readonly label: string;
  readonly field: "quality" | "container" | "format";
  readonly values: readonly string[];
}

function Select({ label, field, values }: SelectProps) {
  const names: Readonly<Record<string, string>> = {
    best: field === "format" ? t("option.source") : t("option.best"),
    worst: t("option.worst"),
  };
  return (
    <label>
      {label}
      <select value={choice.value[field]} onChange={(event) => choose({ [field]: event.currentTarget.value })}>
        {values.map((one) => (
          <option key={one} value={one}>
            {names[one] ?? one.toUpperCase().replace("P", "p")}
          </option>
        ))}
      </select>
    </label>
  );
}
