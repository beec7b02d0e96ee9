import {
  Link,
  Toast,
  ToastBody,
  Toaster,
  ToastFooter,
  ToastTitle,
  ToastTrigger,
  useId,
  useToastController,
} from '@fluentui/react-components';
import { useEffect } from 'react';
import { ApiError } from '../api/client.ts';

interface Notice {
  readonly intent: 'success' | 'info' | 'warning' | 'error';
  readonly title: string;
  readonly body?: string;
  /** Offered for ten seconds. */
  readonly undo?: () => void;
}

let show: (notice: Notice) => void = () => {};

/** One line at the bottom right that leaves by itself. Failures stay until they are dismissed. */
export const notify = {
  success: (title: string, body?: string) => show({ intent: 'success', title, body }),
  info: (title: string, body?: string) => show({ intent: 'info', title, body }),
  warning: (title: string, body?: string) => show({ intent: 'warning', title, body }),
  /** A change that can be taken back within ten seconds. */
  undoable: (title: string, undo: () => void, body?: string) => show({ intent: 'success', title, body, undo }),
  /** What was tried, and what the server said about it. */
  failure: (what: string, error: unknown) => {
    const failure = error instanceof ApiError ? error : undefined;
    show({
      intent: 'error',
      title: what,
      body: [
        error instanceof Error ? error.message : String(error),
        failure?.hint,
        failure?.requestId ? `Reference ${failure.requestId}.` : undefined,
      ]
        .filter(Boolean)
        .join(' '),
    });
  },
};

export function Notifier() {
  const toasterId = useId('notices');
  const { dispatchToast } = useToastController(toasterId);
  useEffect(() => {
    show = ({ intent, title, body, undo }) =>
      dispatchToast(
        <Toast>
          <ToastTitle
            action={
              undo || intent !== 'error' ? undefined : (
                <ToastTrigger>
                  <Link>Dismiss</Link>
                </ToastTrigger>
              )
            }
          >
            {title}
          </ToastTitle>
          {body ? <ToastBody>{body}</ToastBody> : null}
          {undo ? (
            <ToastFooter>
              <ToastTrigger>
                <Link onClick={undo}>Undo</Link>
              </ToastTrigger>
            </ToastFooter>
          ) : null}
        </Toast>,
        {
          intent,
          timeout: undo ? 10_000 : intent === 'error' ? -1 : 4_000,
          pauseOnHover: true,
          pauseOnWindowBlur: Boolean(undo),
          politeness: intent === 'error' ? 'assertive' : 'polite',
        },
      );
  }, [dispatchToast]);
  return <Toaster toasterId={toasterId} position="bottom-end" limit={4} />;
}
