import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  MessageBar,
  MessageBarBody,
  MessageBarTitle,
  Spinner,
} from '@fluentui/react-components';
import { ShieldCheckmark20Regular } from '@fluentui/react-icons/svg/shield-checkmark';
import { useState } from 'react';
import { api } from '../../api/client.ts';
import { useCan } from '../../api/session.ts';
import { Facts } from '../../components/Facts.tsx';
import { Identifier } from '../../components/Mono.tsx';
import { plural } from '../../lib/time.ts';
import { ErrorState } from '../../shell/ErrorState.tsx';

type Verification =
  | {
      readonly ok: true;
      readonly entries: number;
      readonly head: string;
      readonly removed: number;
      readonly sealed: boolean;
    }
  | { readonly ok: false; readonly entries: number; readonly brokenAt: number; readonly reason: string };

/** Recomputes the whole chain on the server and says what came of it. */
export function ChainCheck() {
  const allowed = useCan('Auth.Manage');
  const [open, setOpen] = useState(false);
  const [result, setResult] = useState<Verification>();
  const [failure, setFailure] = useState<unknown>();
  const run = async () => {
    setOpen(true);
    setResult(undefined);
    setFailure(undefined);
    try {
      setResult(await api.get<Verification>('/api/audit/verification'));
    } catch (error) {
      setFailure(error);
    }
  };
  if (!allowed) return null;
  return (
    <>
      <Button icon={<ShieldCheckmark20Regular />} onClick={() => void run()}>
        Verify
      </Button>
      <Dialog open={open} onOpenChange={(_, data) => !data.open && setOpen(false)}>
        <DialogSurface style={{ maxWidth: 560 }}>
          <DialogBody>
            <DialogTitle>Is the log as it was written?</DialogTitle>
            <DialogContent style={{ display: 'flex', flexDirection: 'column', gap: 14 }}>
              {failure ? <ErrorState error={failure} onRetry={() => void run()} /> : null}
              {!result && !failure ? <Spinner label="Computing every hash anew" /> : null}
              {result?.ok ? (
                <>
                  <MessageBar intent="success" layout="multiline">
                    <MessageBarBody>
                      <MessageBarTitle>It is.</MessageBarTitle> {plural(result.entries, 'entry', 'entries')} follow one
                      another without a gap or a change
                      {result.sealed ? ', up to an end that this installation sealed.' : '.'}
                    </MessageBarBody>
                  </MessageBar>
                  <Facts
                    rows={[
                      { label: 'Newest hash', value: <Identifier value={result.head} what="hash" max={40} /> },
                      result.removed > 0 && {
                        label: 'Older entries',
                        value: `${plural(result.removed, 'entry', 'entries')} went for their age; a sealed note vouches for where the log goes on.`,
                      },
                    ]}
                  />
                  Note the hash somewhere else: a log that was written anew has another.
                </>
              ) : null}
              {result && !result.ok ? (
                <MessageBar intent="error" layout="multiline">
                  <MessageBarBody>
                    <MessageBarTitle>It is not.</MessageBarTitle> {result.reason} The first entry that does not fit is
                    number {result.brokenAt}; {plural(result.entries, 'entry', 'entries')} before it are in order. Look
                    who had access to the database, and compare with a backup.
                  </MessageBarBody>
                </MessageBar>
              ) : null}
            </DialogContent>
            <DialogActions>
              <Button appearance="primary" onClick={() => setOpen(false)}>
                Close
              </Button>
            </DialogActions>
          </DialogBody>
        </DialogSurface>
      </Dialog>
    </>
  );
}
