import type { DeploymentMark } from "../../library/deployment-mark.ts";

/** A mark in the memory of this process. */
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
