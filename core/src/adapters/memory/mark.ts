import type { DeploymentMark } from "../../library/deployment-mark.ts";

/** A mark that this process remembers. */
export function memoryMark(): DeploymentMark {
  let mark: string | null = null;
  return {
    read: async () => mark,
    claim: async (id) => {
      mark ??= id;
      return mark;
    },
    replace: async (id) => {
      mark = id;
    },
  };
}
