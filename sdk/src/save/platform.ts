import { VidferryError } from "../errors.ts";

/** What a system says of a file. */
interface FileStats {
  readonly size: number;
  readonly ino: number;
  /** Of the file system that numbers it. */
  readonly dev: number;
  /** How many names it has. */
  readonly nlink: number;
  isFile(): boolean;
  isDirectory(): boolean;
}

/** An open file, as far as a save needs it. */
export interface OpenFile {
  stat(): Promise<FileStats>;
  read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<{ readonly bytesRead: number }>;
  write(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesWritten: number }>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Of `node:fs/promises`. */
interface Files {
  readonly constants: { readonly O_RDWR: number; readonly O_NOFOLLOW?: number; readonly O_NONBLOCK?: number };
  open(path: string, flags: string | number): Promise<OpenFile>;
  stat(path: string): Promise<FileStats>;
  mkdir(path: string, options: { readonly recursive: true }): Promise<unknown>;
  rename(from: string, to: string): Promise<void>;
  link(from: string, to: string): Promise<void>;
  rm(path: string, options: { readonly force: true }): Promise<void>;
}

/** Of `node:path`. */
interface Paths {
  readonly sep: string;
  resolve(...parts: readonly string[]): string;
  dirname(path: string): string;
  join(...parts: readonly string[]): string;
}

/** The modules of a platform that has files. */
export interface Platform {
  readonly files: Files;
  readonly paths: Paths;
}

type Builtin = (name: string) => unknown;

/**
 * A module of Node, Bun or Deno; undefined in pages. Asked of the process rather than imported, so that what bundles this
 * package for pages has nothing to resolve.
 */
export function builtin(name: string): unknown {
  const { process } = globalThis as { readonly process?: { readonly getBuiltinModule?: Builtin } };
  return process?.getBuiltinModule?.(name);
}

/** The platform's files. Throws a {@link VidferryError} where there are none. */
export function filesOf(load: Builtin = builtin): Platform {
  const [files, paths] = [load("node:fs/promises"), load("node:path")];
  if (files === undefined || paths === undefined) {
    throw new VidferryError(
      "There are no files here: give save a WritableStream, as of showSaveFilePicker. Paths need Bun, Deno, or Node 22.3 or newer.",
    );
  }
  return { files: files as Files, paths: paths as Paths };
}
