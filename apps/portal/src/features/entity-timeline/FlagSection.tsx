import { Button, Field, Input, makeStyles, Text, tokens } from '@fluentui/react-components';
import type { TimelineEvent } from '@parapet/schema/wire';
import { useState } from 'react';
import { PaneSection } from '../../components/Facts.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { visibleText } from '../../lib/text.ts';

const useStyles = makeStyles({
  soft: { color: tokens.colorNeutralForeground3 },
  row: { display: 'flex', gap: '8px', alignItems: 'end', marginTop: '6px' },
  note: { flexGrow: 1 },
});

/** Who flagged the row and why; with the right to, flag it and say why. */
export function FlagSection({
  event,
  onFlag,
}: {
  readonly event: TimelineEvent;
  readonly onFlag?: (flagged: boolean, note: string) => Promise<void>;
}) {
  const styles = useStyles();
  const [note, setNote] = useState(event.flag?.note ?? '');
  const { flag } = event;
  return (
    <PaneSection title="Flag">
      {flag ? (
        <Text size={200} className={styles.soft} block>
          By {flag.by}, <TimeText value={flag.at} />
          {!onFlag && flag.note ? `: ${visibleText(flag.note)}` : null}
        </Text>
      ) : null}
      {onFlag ? (
        <form
          className={styles.row}
          onSubmit={(submit) => {
            submit.preventDefault();
            void onFlag(true, note);
          }}
        >
          <Field label="Why it matters" className={styles.note}>
            <Input size="small" value={note} maxLength={1000} onChange={(_, data) => setNote(data.value)} />
          </Field>
          <Button size="small" type="submit" disabled={flag?.note === note.trim()}>
            {flag ? 'Save note' : 'Flag'}
          </Button>
          {flag ? (
            <Button size="small" onClick={() => void onFlag(false, '')}>
              Remove flag
            </Button>
          ) : null}
        </form>
      ) : null}
    </PaneSection>
  );
}
