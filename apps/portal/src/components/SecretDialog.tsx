import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  DialogTrigger,
  MessageBar,
  MessageBarBody,
  MessageBarTitle,
  makeStyles,
} from '@fluentui/react-components';
import { type FormEvent, type ReactNode, useState } from 'react';
import { notify } from './Notifier.tsx';

const useStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column', gap: '12px' },
});

/** Says that what follows cannot be read a second time. */
export function ShownOnce({ children }: { readonly children: ReactNode }) {
  return (
    <MessageBar intent="warning" layout="multiline">
      <MessageBarBody>
        <MessageBarTitle>Shown once</MessageBarTitle>
        {children}
      </MessageBarBody>
    </MessageBar>
  );
}

export interface SecretDialogProps<T> {
  readonly title: string;
  readonly madeTitle: (made: T) => string;
  /** Pixels: the question, and what was made. */
  readonly width: readonly [number, number];
  readonly action: string;
  /** What the person says when they leave: "I have copied the key". */
  readonly done: string;
  readonly failure: string;
  readonly ready: boolean;
  readonly onClose: () => void;
  readonly create: () => Promise<T>;
  readonly form: ReactNode;
  readonly children: (made: T) => ReactNode;
}

/** Makes a secret and shows it; closing it afterwards takes a deliberate click, because it is gone then. */
export function SecretDialog<T>(props: SecretDialogProps<T>) {
  const { title, madeTitle, width, action, done, failure, ready, onClose, create, form, children } = props;
  const styles = useStyles();
  const [busy, setBusy] = useState(false);
  const [made, setMade] = useState<{ readonly value: T }>();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!ready || busy) return;
    setBusy(true);
    try {
      setMade({ value: await create() });
    } catch (error) {
      notify.failure(failure, error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog open modalType={made ? 'alert' : 'modal'} onOpenChange={(_, data) => !data.open && onClose()}>
      <DialogSurface style={{ maxWidth: made ? width[1] : width[0] }}>
        <form onSubmit={(event) => void submit(event)}>
          <DialogBody>
            <DialogTitle>{made ? madeTitle(made.value) : title}</DialogTitle>
            <DialogContent>
              <div className={styles.stack}>{made ? children(made.value) : form}</div>
            </DialogContent>
            <DialogActions>
              {made ? (
                <Button appearance="primary" onClick={onClose}>
                  {done}
                </Button>
              ) : (
                <>
                  <DialogTrigger disableButtonEnhancement>
                    <Button type="button">Cancel</Button>
                  </DialogTrigger>
                  <Button type="submit" appearance="primary" disabled={!ready || busy}>
                    {action}
                  </Button>
                </>
              )}
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}
