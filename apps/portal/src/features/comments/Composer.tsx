import { Button, Field, makeStyles, mergeClasses, Tab, TabList, Textarea, tokens } from '@fluentui/react-components';
import { type KeyboardEvent, type RefObject, useEffect, useId, useRef, useState } from 'react';
import { useAssignees } from '../../api/users.ts';
import { Markdown } from '../../components/Markdown.tsx';
import { visibleText } from '../../lib/text.ts';
import { mentionAt, replaceMention } from './mention.ts';

const MAX_COMMENT = 30_000;

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', gap: '6px', position: 'relative', width: '100%' },
  row: { display: 'flex', gap: '8px', alignItems: 'center', flexWrap: 'wrap' },
  preview: {
    minHeight: '76px',
    padding: '8px 12px',
    borderRadius: tokens.borderRadiusMedium,
    border: `1px solid ${tokens.colorNeutralStroke1}`,
    backgroundColor: tokens.colorNeutralBackground1,
  },
  people: {
    listStyle: 'none',
    margin: 0,
    padding: '4px',
    display: 'flex',
    flexWrap: 'wrap',
    gap: '4px',
    border: `1px solid ${tokens.colorNeutralStroke1}`,
    borderRadius: tokens.borderRadiusMedium,
    backgroundColor: tokens.colorNeutralBackground1,
  },
  person: { padding: '2px 8px', borderRadius: tokens.borderRadiusMedium, cursor: 'pointer' },
  at: { backgroundColor: tokens.colorBrandBackground2, color: tokens.colorBrandForeground2 },
});

export interface ComposerProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (text: string) => void;
  /** The verb. */
  readonly action: string;
  /** @returns whether it was saved */
  readonly onSend: (text: string) => Promise<boolean>;
  readonly onCancel?: () => void;
  readonly autoFocus?: boolean;
  readonly input?: RefObject<HTMLTextAreaElement | null>;
}

/** Where a comment is written: Markdown with a preview, `@` offers the people who can be called. */
export function Composer({ label, value, onChange, action, onSend, onCancel, autoFocus, input }: ComposerProps) {
  const styles = useStyles();
  const own = useRef<HTMLTextAreaElement>(null);
  const area = input ?? own;
  const listId = useId();
  const [tab, setTab] = useState<'write' | 'preview'>('write');
  const [busy, setBusy] = useState(false);
  const [cursor, setCursor] = useState<number>();
  const [at, setAt] = useState(0);
  const users = useAssignees();
  const mention = cursor === undefined ? undefined : mentionAt(value, cursor);
  const people = mention
    ? users
        .filter((user) => `${user.username} ${user.displayName}`.toLowerCase().includes(mention.typed.toLowerCase()))
        .slice(0, 6)
    : [];
  const chosen = Math.min(at, people.length - 1);

  // A dialog moves the focus to its first control when it opens: the text comes after that.
  useEffect(() => {
    if (!autoFocus) return;
    const frame = requestAnimationFrame(() => area.current?.focus());
    return () => cancelAnimationFrame(frame);
  }, [autoFocus, area]);

  const send = async () => {
    const text = value.trim();
    if (!text || busy) return;
    setBusy(true);
    if (await onSend(text)) setTab('write');
    setBusy(false);
  };
  const pick = (username: string) => {
    if (!mention) return;
    const next = replaceMention(value, mention, username);
    onChange(next.text);
    setCursor(undefined);
    requestAnimationFrame(() => {
      area.current?.focus();
      area.current?.setSelectionRange(next.cursor, next.cursor);
    });
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      void send();
    } else if (people.length > 0 && ['ArrowDown', 'ArrowUp', 'Enter', 'Tab', 'Escape'].includes(event.key)) {
      event.preventDefault();
      if (event.key === 'Escape') setCursor(undefined);
      else if (event.key === 'ArrowDown') setAt((chosen + 1) % people.length);
      else if (event.key === 'ArrowUp') setAt((chosen + people.length - 1) % people.length);
      else pick(people[chosen]!.username);
    } else if (event.key === 'Escape' && onCancel) {
      event.preventDefault();
      onCancel();
    }
  };
  return (
    <div className={styles.root}>
      <TabList
        size="small"
        selectedValue={tab}
        onTabSelect={(_, data) => setTab(data.value as 'write' | 'preview')}
        aria-label={label}
      >
        <Tab value="write">Write</Tab>
        <Tab value="preview">Preview</Tab>
      </TabList>
      {tab === 'preview' ? (
        <div className={styles.preview}>{value.trim() ? <Markdown text={value} /> : 'Nothing to preview yet.'}</div>
      ) : (
        <Field label={label} hint="Markdown; @ mentions a colleague. Ctrl+Enter saves, the draft survives a reload.">
          <Textarea
            ref={area}
            value={value}
            rows={3}
            dir="auto"
            maxLength={MAX_COMMENT}
            resize="vertical"
            aria-controls={people.length > 0 ? listId : undefined}
            aria-activedescendant={people.length > 0 ? `${listId}-${chosen}` : undefined}
            onChange={(event, data) => {
              onChange(data.value);
              setCursor(event.target.selectionStart);
              setAt(0);
            }}
            onBlur={() => setCursor(undefined)}
            onKeyDown={onKeyDown}
          />
        </Field>
      )}
      {people.length > 0 ? (
        <div id={listId} role="listbox" aria-label="People" className={styles.people}>
          {people.map((user, index) => (
            // biome-ignore lint/a11y/useFocusableInteractive: the text field keeps the focus and names the active option
            <div
              key={user.username}
              id={`${listId}-${index}`}
              role="option"
              aria-selected={index === chosen}
              className={mergeClasses(styles.person, index === chosen && styles.at)}
              onMouseDown={(event) => {
                event.preventDefault();
                pick(user.username);
              }}
            >
              {visibleText(user.displayName)} (@{visibleText(user.username)})
            </div>
          ))}
        </div>
      ) : null}
      <div className={styles.row}>
        <Button appearance="primary" size="small" disabled={busy || !value.trim()} onClick={() => void send()}>
          {action}
        </Button>
        {onCancel ? (
          <Button size="small" disabled={busy} onClick={onCancel}>
            Cancel
          </Button>
        ) : null}
      </div>
    </div>
  );
}
