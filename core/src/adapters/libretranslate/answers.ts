import { z } from "zod";
import { AppError } from "../../errors/app-error.ts";

const Languages = z.array(z.object({ code: z.string().min(1).max(35) })).max(1_000);
const Translated = z.object({ translatedText: z.array(z.string()) });

/** The codes of the languages that a server knows. */
export const languagesOf = (answer: unknown): string[] => {
  const parsed = Languages.safeParse(answer);
  if (!parsed.success) throw rubbish();
  return parsed.data.map(({ code }) => code);
};

/** The translations of a batch. */
export function translationsOf(answer: unknown, texts: readonly string[]): string[] {
  const parsed = Translated.safeParse(answer);
  if (!parsed.success || parsed.data.translatedText.length !== texts.length) throw rubbish();
  return parsed.data.translatedText.map((translated, index) => {
    const text = texts[index] ?? "";
    // No language takes ten times the room of another one.
    if (translated.length > 10 * text.length + 200) throw rubbish();
    return translated.trim() === "" ? text : translated;
  });
}

function rubbish(): AppError {
  return new AppError("source_error", "the translator has answered something that is no translation");
}
