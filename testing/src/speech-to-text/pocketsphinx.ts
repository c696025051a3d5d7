import { spawn, spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { findProgram } from "../services/find-program.ts";
import { findTools } from "../tools.ts";
import type { SpeechToTextOptions, VerboseJson } from "./server.ts";

const venv = fileURLToPath(new URL("../../../.tools/test-venv", import.meta.url));
const program = fileURLToPath(new URL("../../python/pocketsphinx_words.py", import.meta.url));

/** What speaking and recognising needs and this machine does not have; empty: nothing. */
export function missingForSpeech(): readonly string[] {
  const hasPocketSphinx = globSync(join(venv, "lib/python*/site-packages/pocketsphinx/__init__.py")).length > 0;
  return [
    ...(hasPocketSphinx ? [] : ["pocketsphinx"]),
    ...(findProgram("espeak-ng") === undefined ? ["espeak-ng"] : []),
  ];
}

/** Has a synthetic voice say something, as a WAV file. */
export function speak(said: string, path: string): void {
  // Slowly, and with a pause after each word.
  const { status, stderr } = spawnSync("espeak-ng", ["-v", "en-us", "-s", "120", "-g", "20", "-w", path, said], {
    encoding: "utf8",
    // It looks for a sound server even so, which on some machines makes a folder in that for temporary files.
    env: { ...process.env, PULSE_RUNTIME_PATH: join(dirname(path), "pulse") },
  });
  if (status !== 0) throw new Error(`espeak-ng: ${stderr}`);
}

/** A recogniser that knows these words alone. The sound is decoded by FFmpeg. */
export function pocketSphinx(words: readonly string[]): NonNullable<SpeechToTextOptions["hear"]> {
  const { ffmpeg } = findTools();
  return async ({ file }) => {
    const raw = ["-nostdin", "-v", "error", "-i", "pipe:0", "-ac", "1", "-ar", "16000", "-f", "s16le", "pipe:1"];
    const decoded = spawnSync(ffmpeg, raw, { input: file, maxBuffer: 64 << 20 });
    if (decoded.status !== 0) throw new Error(`ffmpeg: ${decoded.stderr}`);
    const recogniser = spawn(join(venv, "bin/python"), [program, ...words], { stdio: ["pipe", "pipe", "inherit"] });
    recogniser.stdin.end(decoded.stdout);
    return JSON.parse(await text(recogniser.stdout)) as VerboseJson;
  };
}
