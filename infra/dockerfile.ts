/** One instruction of a Dockerfile. */
export interface Instruction {
  /** In capitals, for example `COPY`. */
  readonly keyword: string;
  /** What follows it, on one line. */
  readonly value: string;
}

/** What one `FROM` begins. */
export interface Stage {
  readonly name: string;
  /** What stands after `FROM`, without `AS`. */
  readonly base: string;
  readonly instructions: readonly Instruction[];
}

/** A Dockerfile, taken apart. */
export interface Dockerfile {
  /** Arguments before the first `FROM`, with their defaults. */
  readonly args: Readonly<Record<string, string>>;
  readonly stages: readonly Stage[];
}

/** Takes a Dockerfile apart, as far as ours go: no here-documents, no `ONBUILD`. @throws Error for a line that it cannot read. */
export function parseDockerfile(text: string): Dockerfile {
  const args: Record<string, string> = {};
  const stages: (Stage & { instructions: Instruction[] })[] = [];
  const lines = text.replace(/^\s*#.*\n/gm, "").replace(/\\\n\s*/g, "");
  for (const line of lines.split("\n").filter((line) => line.trim() !== "")) {
    const [, keyword = "", value = ""] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (keyword === "") throw new Error(`not an instruction: ${line}`);
    const stage = stages.at(-1);
    if (keyword === "FROM") {
      const [base = "", name = String(stages.length)] = value.split(/\s+AS\s+/i);
      stages.push({ name, base, instructions: [] });
    } else if (stage) {
      stage.instructions.push({ keyword, value });
    } else if (keyword === "ARG") {
      const [name = "", standard = ""] = value.split(/=(.*)/s);
      args[name] = standard;
    } else {
      throw new Error(`${keyword} before the first FROM`);
    }
  }
  return { args, stages };
}

/** The stage that is the image: the last. @throws Error when there is none. */
export function finalStage({ stages }: Dockerfile): Stage {
  const stage = stages.at(-1);
  if (!stage) throw new Error("a Dockerfile without a stage");
  return stage;
}

/** The values of all instructions of this kind in a stage. */
export function valuesOf(stage: Stage, keyword: string): string[] {
  return stage.instructions.filter((one) => one.keyword === keyword).map((one) => one.value);
}
