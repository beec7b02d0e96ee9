import { Button, Field, makeStyles, Text, Textarea, tokens } from '@fluentui/react-components';
import type { EntityNote } from '@parapet/schema/wire';
import { useState } from 'react';
import { useSession } from '../../api/session.ts';
import { TimeText } from '../../components/TimeText.tsx';
import { visibleText } from '../../lib/text.ts';
import { useStored } from '../../lib/useStored.ts';
import { EmptyState } from '../../shell/EmptyState.tsx';
import { ErrorState } from '../../shell/ErrorState.tsx';
import type { Marks } from './useMarks.ts';

const useStyles = makeStyles({
  panel: { maxWidth: '760px', display: 'flex', flexDirection: 'column', gap: '12px' },
  note: {
    padding: '10px 12px',
    borderRadius: tokens.borderRadiusMedium,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    backgroundColor: tokens.colorNeutralBackground1,
  },
  text: { whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', unicodeBidi: 'plaintext', margin: '4px 0 0' },
  soft: { color: tokens.colorNeutralForeground3 },
  row: { display: 'flex', gap: '8px', marginTop: '8px' },
});

/** Notes of colleagues about an entity. What is being typed survives a reload. */
export function NotesPanel({ marks, draftKey }: { readonly marks: Marks; readonly draftKey: string }) {
  const styles = useStyles();
  const [draft, setDraft] = useStored(`note.${draftKey}`, '');
  const [busy, setBusy] = useState(false);
  const { detail, allowed, write, query } = marks;
  if (!detail)
    return query.isError ? (
      <ErrorState error={query.error} title="The notes could not be loaded" onRetry={() => void query.refetch()} />
    ) : null;
  return (
    <div className={styles.panel}>
      {allowed ? (
        <form
          onSubmit={async (event) => {
            event.preventDefault();
            setBusy(true);
            if (await write(draft)) setDraft('');
            setBusy(false);
          }}
        >
          <Field label="New note">
            <Textarea resize="vertical" value={draft} maxLength={20_000} onChange={(_, data) => setDraft(data.value)} />
          </Field>
          <div className={styles.row}>
            <Button type="submit" appearance="primary" size="small" disabled={busy || !draft.trim()}>
              Add note
            </Button>
          </div>
        </form>
      ) : null}
      {detail.notes.length === 0 ? (
        <EmptyState
          small
          title="No notes"
          reason={
            allowed
              ? 'What colleagues should know about it goes here.'
              : 'Writing notes needs the permission Alerts (manage).'
          }
        />
      ) : null}
      {detail.notes.map((note) => (
        <Note key={note.id} note={note} marks={marks} />
      ))}
    </div>
  );
}

function Note({ note, marks }: { readonly note: EntityNote; readonly marks: Marks }) {
  const styles = useStyles();
  const me = useSession()?.user?.username;
  const [text, setText] = useState<string>();
  const mine = marks.allowed && note.author === me;
  return (
    <article className={styles.note} aria-label={`Note by ${note.author}`}>
      <Text size={200} className={styles.soft} block>
        {note.author}, <TimeText value={note.createdAt} />
        {note.editedAt ? (
          <>
            , changed <TimeText value={note.editedAt} />
          </>
        ) : null}
      </Text>
      {text === undefined ? (
        <p className={styles.text}>{visibleText(note.text)}</p>
      ) : (
        <Field label="Note">
          <Textarea
            autoFocus
            resize="vertical"
            value={text}
            maxLength={20_000}
            onChange={(_, data) => setText(data.value)}
          />
        </Field>
      )}
      {mine ? (
        <div className={styles.row}>
          {text === undefined ? (
            <>
              <Button size="small" onClick={() => setText(note.text)}>
                Change
              </Button>
              <Button size="small" appearance="subtle" onClick={() => void marks.remove(note)}>
                Remove
              </Button>
            </>
          ) : (
            <>
              <Button
                size="small"
                appearance="primary"
                disabled={!text.trim() || text === note.text}
                onClick={async () => {
                  if (await marks.write(text, note.id)) setText(undefined);
                }}
              >
                Save
              </Button>
              <Button size="small" onClick={() => setText(undefined)}>
                Cancel
              </Button>
            </>
          )}
        </div>
      ) : null}
    </article>
  );
}
