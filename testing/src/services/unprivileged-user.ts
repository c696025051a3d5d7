import { spawnSync } from "node:child_process";
import { userInfo } from "node:os";

/** The user for a server that refuses to run as root; undefined when the current user is not root. */
export function unprivilegedUser(): { uid: number; gid: number } | undefined {
  if (userInfo().uid !== 0) return undefined;
  for (const name of ["postgres", "nobody"]) {
    const [uid, gid] = ["-u", "-g"].map((flag) =>
      Number.parseInt(spawnSync("id", [flag, name], { encoding: "utf8" }).stdout, 10),
    );
    if (uid !== undefined && gid !== undefined && uid > 0 && gid > 0) return { uid, gid };
  }
  throw new Error("PostgreSQL and PgBouncer refuse to run as root, and there is neither a user postgres nor nobody");
}
