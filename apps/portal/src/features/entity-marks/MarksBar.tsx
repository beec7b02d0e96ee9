import { Button, Input, makeStyles, tokens } from '@fluentui/react-components';
import { Add16Regular } from '@fluentui/react-icons/svg/add';
import { Dismiss12Regular } from '@fluentui/react-icons/svg/dismiss';
import { Tag16Regular } from '@fluentui/react-icons/svg/tag';
import type { EntityRisk } from '@parapet/schema/wire';
import { useRef, useState } from 'react';
import { visibleText } from '../../lib/text.ts';
import { CriticalityMenu } from './CriticalityMenu.tsx';
import type { Marks } from './useMarks.ts';

const useStyles = makeStyles({
  bar: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '6px', minHeight: '24px' },
  tag: {
    display: 'inline-flex',
    alignItems: 'center',
    gap: '4px',
    maxWidth: '260px',
    height: '24px',
    padding: '0 2px 0 8px',
    borderRadius: tokens.borderRadiusCircular,
    border: `1px solid ${tokens.colorNeutralStroke1}`,
    fontSize: tokens.fontSizeBase200,
  },
  text: { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap', unicodeBidi: 'isolate' },
  remove: { minWidth: '24px', height: '22px', padding: 0 },
  field: { width: '160px' },
});

/** Criticality and tags of an entity, changed in place by those who may. */
export function MarksBar({ marks, risk }: { readonly marks: Marks; readonly risk?: EntityRisk | undefined }) {
  const styles = useStyles();
  const { detail, allowed, change } = marks;
  const [adding, setAdding] = useState(false);
  const [text, setText] = useState('');
  const opener = useRef<HTMLButtonElement>(null);
  if (!detail) return <div className={styles.bar} />;
  const { tags } = detail.marks;
  const close = () => {
    setAdding(false);
    setText('');
    setTimeout(() => opener.current?.focus(), 0);
  };
  const add = async () => {
    const tag = text.trim();
    if (!tag) return close();
    if (await change({ tags: [...tags, tag] }, 'Tag added', { tags })) close();
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a legend and its own layout
    <div className={styles.bar} role="group" aria-label="Criticality and tags">
      {risk ? <CriticalityMenu risk={risk} /> : null}
      {tags.map((tag) => (
        <span key={tag} className={styles.tag} title={visibleText(tag)}>
          <Tag16Regular aria-label="Tag" />
          <span className={styles.text}>{visibleText(tag)}</span>
          {allowed ? (
            <Button
              size="small"
              appearance="transparent"
              className={styles.remove}
              icon={<Dismiss12Regular />}
              aria-label={`Remove tag ${visibleText(tag)}`}
              onClick={() =>
                void change({ tags: tags.filter((each) => each !== tag) }, `Tag removed: ${visibleText(tag)}`, { tags })
              }
            />
          ) : (
            <span style={{ width: 6 }} />
          )}
        </span>
      ))}
      {!allowed ? null : adding ? (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void add();
          }}
        >
          <Input
            size="small"
            className={styles.field}
            autoFocus
            value={text}
            maxLength={200}
            aria-label="New tag"
            placeholder="New tag, then Enter"
            onChange={(_, data) => setText(data.value)}
            onBlur={() => {
              if (!text.trim()) setAdding(false);
            }}
            onKeyDown={(event) => {
              if (event.key !== 'Escape') return;
              event.stopPropagation();
              close();
            }}
          />
        </form>
      ) : (
        <Button ref={opener} size="small" appearance="subtle" icon={<Add16Regular />} onClick={() => setAdding(true)}>
          Add tag
        </Button>
      )}
    </div>
  );
}
