/**
 * Waits for a command, but not for ever: a socket whose packets vanish never settles what was sent over it.
 * `onTimeout` runs first when the time is up; how the command ends after that is of no interest to anybody.
 * @throws Error when the time is up, else what the command rejects with.
 */
export function settlesWithin<T>(ms: number, command: Promise<T>, onTimeout: () => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`no answer within ${ms} ms`));
      onTimeout();
    }, ms);
    command.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
