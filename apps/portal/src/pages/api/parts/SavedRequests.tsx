import { Button, Field, Input, makeStyles, Text, Tooltip, tokens } from '@fluentui/react-components';
import { Delete16Regular } from '@fluentui/react-icons/svg/delete';
import { useState } from 'react';
import { usePreference } from '../../../api/preferences.ts';
import { notify } from '../../../components/Notifier.tsx';
import type { Request } from '../model.ts';
import { MethodMark } from './MethodMark.tsx';

interface Saved extends Request {
  readonly name: string;
}

const useStyles = makeStyles({
  root: { padding: '0 12px', overflow: 'auto', height: '100%' },
  save: { display: 'flex', gap: '8px', alignItems: 'flex-end', marginBottom: '10px' },
  name: { flexGrow: 1 },
  item: { display: 'flex', alignItems: 'center', gap: '4px', borderBottom: `1px solid ${tokens.colorNeutralStroke3}` },
  open: {
    display: 'flex',
    flexDirection: 'column',
    flexGrow: 1,
    minWidth: 0,
    padding: '6px 4px',
    border: 'none',
    background: 'none',
    textAlign: 'left',
    cursor: 'pointer',
    color: tokens.colorNeutralForeground1,
    fontFamily: tokens.fontFamilyBase,
    ':hover': { backgroundColor: tokens.colorNeutralBackground1Hover },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
  },
  path: {
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase200,
    overflowWrap: 'anywhere',
    color: tokens.colorNeutralForeground2,
  },
  none: { color: tokens.colorNeutralForeground3 },
});

/** Calls a person kept; they follow the account to other browsers. Saving under a name that exists replaces it. */
export function SavedRequests({
  request,
  onOpen,
}: {
  readonly request: Request;
  readonly onOpen: (request: Request) => void;
}) {
  const styles = useStyles();
  const [saved, setSaved] = usePreference<readonly Saved[]>('api-explorer.saved', []);
  const [name, setName] = useState('');
  const save = (): void => {
    const wanted = name.trim();
    if (!wanted) return;
    const { method, path, body } = request;
    setSaved([...saved.filter((one) => one.name !== wanted), { name: wanted, method, path, body }].slice(-100));
    setName('');
  };
  const remove = (gone: Saved): void => {
    setSaved(saved.filter((one) => one !== gone));
    notify.undoable(`${gone.name} was removed`, () => setSaved(saved));
  };
  return (
    <div className={styles.root}>
      <div className={styles.save}>
        <Field label="Save this call as" className={styles.name}>
          <Input
            value={name}
            maxLength={100}
            onChange={(_event, { value }) => setName(value)}
            onKeyDown={(event) => {
              if (event.key === 'Enter') save();
            }}
          />
        </Field>
        <Button disabled={!name.trim()} onClick={save}>
          Save
        </Button>
      </div>
      {saved.length === 0 ? (
        <Text className={styles.none}>Nothing is saved yet. Saved calls are yours alone and hold no answers.</Text>
      ) : null}
      {saved.map((one) => (
        <div key={one.name} className={styles.item}>
          <button
            type="button"
            className={styles.open}
            onClick={() => onOpen({ method: one.method, path: one.path, body: one.body })}
          >
            <span>{one.name}</span>
            <span className={styles.path}>
              <MethodMark method={one.method} /> {one.path}
            </span>
          </button>
          <Tooltip content={`Remove ${one.name}`} relationship="label">
            <Button appearance="subtle" size="small" icon={<Delete16Regular />} onClick={() => remove(one)} />
          </Tooltip>
        </div>
      ))}
    </div>
  );
}
