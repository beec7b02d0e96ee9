import { Button, makeStyles, tokens } from '@fluentui/react-components';
import { Delete16Regular } from '@fluentui/react-icons/svg/delete';
import { Edit16Regular } from '@fluentui/react-icons/svg/edit';
import type { Comment } from '@parapet/schema/wire';
import { useState } from 'react';
import { api } from '../../api/client.ts';
import { useSession } from '../../api/session.ts';
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx';
import { Markdown } from '../../components/Markdown.tsx';
import { notify } from '../../components/Notifier.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { visibleText } from '../../lib/text.ts';
import { useNow } from '../../lib/useNow.ts';
import { Composer } from './Composer.tsx';

/** As long as the server lets its author change a comment. */
const OPEN_MS = 3_600_000;

const useStyles = makeStyles({
  card: {
    padding: '8px 12px',
    backgroundColor: tokens.colorNeutralBackground1,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusMedium,
  },
  head: {
    display: 'flex',
    alignItems: 'center',
    gap: '4px',
    minHeight: '24px',
    color: tokens.colorNeutralForeground3,
    fontSize: tokens.fontSizeBase200,
  },
  spring: { flexGrow: 1 },
});

/** A comment; its author may mend or take it back for an hour. */
export function CommentCard({
  comment,
  path,
  onChanged,
}: {
  readonly comment: Comment;
  /** Of its incident or alert: `/api/incidents/7`. */
  readonly path: string;
  readonly onChanged: () => void;
}) {
  const styles = useStyles();
  const me = useSession()?.user?.username;
  const now = useNow();
  const [draft, setDraft] = useState<string>();
  const [removing, setRemoving] = useState(false);
  const mine = comment.author === me && now - Date.parse(comment.createdAt) < OPEN_MS;
  const at = `${path}/comments/${encodeURIComponent(comment.id)}`;
  return (
    <article className={styles.card}>
      <div className={styles.head}>
        <span>
          {visibleText(comment.author)} · <TimeText value={comment.createdAt} />
          {comment.editedAt ? (
            <>
              {' '}
              (edited <TimeText value={comment.editedAt} />)
            </>
          ) : null}
        </span>
        <span className={styles.spring} />
        {mine && draft === undefined ? (
          <>
            <Button
              size="small"
              appearance="subtle"
              icon={<Edit16Regular />}
              aria-label="Edit this comment"
              title="Edit (for an hour)"
              onClick={() => setDraft(comment.text)}
            />
            <Button
              size="small"
              appearance="subtle"
              icon={<Delete16Regular />}
              aria-label="Take this comment back"
              title="Take back (for an hour)"
              onClick={() => setRemoving(true)}
            />
          </>
        ) : null}
      </div>
      {draft === undefined ? (
        <Markdown text={comment.text} />
      ) : (
        <Composer
          label="Comment"
          value={draft}
          onChange={setDraft}
          action="Save"
          onCancel={() => setDraft(undefined)}
          onSend={async (text) => {
            try {
              await api.patch(at as string, { text });
              setDraft(undefined);
              onChanged();
              return true;
            } catch (error) {
              notify.failure('The comment was not changed. What you wrote is still here.', error);
              return false;
            }
          }}
        />
      )}
      <ConfirmDialog
        open={removing}
        onClose={() => setRemoving(false)}
        title="Take this comment back?"
        action="Take back"
        failure="The comment is still there"
        onConfirm={async () => {
          await api.delete(at);
          onChanged();
        }}
      >
        It leaves the page; the audit log keeps what it said.
      </ConfirmDialog>
    </article>
  );
}
