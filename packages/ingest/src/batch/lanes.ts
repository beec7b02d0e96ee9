/**
 * Run tasks, some at once. After a failure no further one is begun; those at work are awaited before it is reported, so
 * that nothing is still being written when the caller cleans up.
 */
export async function sideBySide(atOnce: number, tasks: readonly (() => Promise<void>)[]): Promise<void> {
  let next = 0;
  let failure: { readonly error: unknown } | null = null;
  const lane = async (): Promise<void> => {
    while (next < tasks.length && !failure) {
      const task = tasks[next++];
      try {
        await task?.();
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, tasks.length) }, lane));
  if (failure) throw (failure as { readonly error: unknown }).error;
}
