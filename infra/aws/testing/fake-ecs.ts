/**
 * A stand-in for the AWS CLI, as far as `infra/aws/deploy` calls it: services, revisions and tasks live in a file.
 * FAKE_ECS names that file; calls that change something are written down in it.
 */
import { readFileSync, writeFileSync } from "node:fs";

/** What the stand-in remembers, and how it behaves. */
export interface FakeEcs {
  /** The revision that each service is at. */
  services: Record<string, string>;
  /** Task definitions, the newest last. */
  revisions: Record<string, unknown>[];
  /** What was done, in order. */
  calls: string[];
  /** Exit code of a migration; null: it is not started. */
  migration: number | null;
  /** Nothing may be rolled out. */
  forbidden?: boolean;
  /** Services whose new revision does not become healthy: ECS goes back by itself. */
  broken: string[];
  /** Services that somebody else rolls another revision out to, as soon as ours is. */
  contested?: string[];
}

const file = process.env["FAKE_ECS"] ?? "";
if (import.meta.main) {
  const ecs = JSON.parse(readFileSync(file, "utf8")) as FakeEcs;
  const [, command = "", ...rest] = process.argv.slice(2);
  console.log(JSON.stringify(answer(ecs, command, rest)));
  writeFileSync(file, JSON.stringify(ecs));
}

function answer(ecs: FakeEcs, command: string, rest: readonly string[]): unknown {
  const option = (name: string): string => rest[rest.indexOf(`--${name}`) + 1] ?? "";
  const named = (name: string) => ecs.revisions.findLast(({ family }) => family === name);
  switch (command) {
    case "describe-services": {
      const name = option("services");
      const isBack = ecs.broken.includes(name) && ecs.services[name]?.endsWith(":2");
      const taskDefinition = isBack ? `${name}:1` : ecs.services[name];
      const deployment = {
        status: "PRIMARY",
        taskDefinition,
        rolloutState: "COMPLETED",
        runningCount: 2,
        desiredCount: 2,
      };
      const events = [{ message: `(service ${name}) rolling back to deployment ecs-svc/1.` }];
      return { services: [{ taskDefinition, deployments: [deployment], events }] };
    }
    case "describe-task-definition":
      return { taskDefinition: named(option("task-definition")) };
    case "register-task-definition": {
      const given = JSON.parse(readFileSync(option("cli-input-json").replace("file://", ""), "utf8"));
      const taskDefinitionArn = `${given.family}:2`;
      ecs.revisions.push({ ...given, taskDefinitionArn });
      return { taskDefinition: { taskDefinitionArn } };
    }
    case "run-task":
      ecs.calls.push(`run ${option("task-definition")} ${option("network-configuration")}`);
      return ecs.migration === null
        ? { tasks: [], failures: [{ reason: "RESOURCE:MEMORY" }] }
        : { tasks: [{ taskArn: "task/1" }] };
    case "list-tasks":
      return { taskArns: ["task/bad"] };
    case "describe-tasks":
      if (option("tasks") === "task/bad") {
        const reason = "CannotPullContainerError: image has no arm64";
        const taskDefinitionArn = ecs.broken.map((name) => `${name}:2`)[0];
        return {
          tasks: [{ taskDefinitionArn, stoppedReason: "Task failed to start", containers: [{ name: "it", reason }] }],
        };
      }
      if (option("tasks") !== "task/1") return { tasks: [], failures: [{ reason: "MISSING" }] };
      return {
        tasks: [
          {
            lastStatus: "STOPPED",
            stoppedReason: "Essential container in task exited",
            containers: [{ exitCode: ecs.migration }],
          },
        ],
      };
    case "update-service":
      if (ecs.forbidden) throw new Error("AccessDeniedException: ecs:UpdateService");
      ecs.calls.push(`update ${option("service")} ${option("task-definition")}`);
      ecs.services[option("service")] = ecs.contested?.includes(option("service"))
        ? `${option("service")}:3`
        : option("task-definition");
      return {};
    default:
      throw new Error(`the stand-in does not know ${command}`);
  }
}
