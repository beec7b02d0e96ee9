import { ApiError } from '../../api/client.ts';

let ask: (() => Promise<boolean>) | undefined;

/** Called by the dialog that asks people to prove who they are. */
export function setIdentityQuestion(question: (() => Promise<boolean>) | undefined): void {
  ask = question;
}

/**
 * Do something that may need a fresh proof of who asks: when the server wants one, the person is asked and it is done
 * again.
 */
export async function confirmed<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ApiError && error.code === 'confirmation_required') || !ask) throw error;
    if (!(await ask())) throw error;
    return work();
  }
}
