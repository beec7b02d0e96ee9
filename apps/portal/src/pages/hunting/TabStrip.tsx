import {
  Button,
  Input,
  Menu,
  MenuDivider,
  MenuItem,
  MenuList,
  MenuPopover,
  MenuTrigger,
  makeStyles,
  mergeClasses,
  Tooltip,
  tokens,
} from '@fluentui/react-components';
import { Add16Regular } from '@fluentui/react-icons/svg/add';
import { Dismiss12Regular } from '@fluentui/react-icons/svg/dismiss';
import { Filter16Regular } from '@fluentui/react-icons/svg/filter';
import { MoreHorizontal16Regular } from '@fluentui/react-icons/svg/more-horizontal';
import { useState } from 'react';
import { notify } from '../../components/Notifier.tsx';
import { type Draft, type DraftSet, isUnsaved } from './drafts.ts';
import { disposeLater } from './editor-documents.ts';
import { forgetRun } from './runs.ts';
import { tabs } from './tabs.ts';

const useStyles = makeStyles({
  strip: {
    display: 'flex',
    alignItems: 'stretch',
    minHeight: '34px',
    backgroundColor: tokens.colorNeutralBackground3,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    flexShrink: 0,
  },
  list: {
    display: 'flex',
    margin: 0,
    padding: 0,
    listStyle: 'none',
    overflowX: 'auto',
    minWidth: 0,
    scrollbarWidth: 'thin',
  },
  tab: {
    display: 'flex',
    alignItems: 'center',
    borderRight: `1px solid ${tokens.colorNeutralStroke2}`,
    maxWidth: '240px',
    flexShrink: 0,
    '& [data-close]': { opacity: 0 },
    ':hover [data-close], :focus-within [data-close]': { opacity: 1 },
  },
  active: {
    backgroundColor: tokens.colorNeutralBackground1,
    boxShadow: `inset 0 2px 0 ${tokens.colorBrandStroke1}`,
    '& [data-close]': { opacity: 1 },
  },
  name: {
    backgroundColor: 'transparent',
    border: 'none',
    fontFamily: 'inherit',
    color: tokens.colorNeutralForeground1,
    padding: '0 4px 0 12px',
    height: '100%',
    cursor: 'pointer',
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
    fontSize: tokens.fontSizeBase200,
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
  },
  tools: { display: 'flex', alignItems: 'center', padding: '0 4px', flexShrink: 0 },
});

export interface TabStripProps {
  readonly set: DraftSet;
  readonly onShare: () => void;
  readonly onGuided: () => void;
}

/** Close a tab; its text can be taken back for ten seconds, and later from the tab menu. */
export function closeTab(draft: Draft): void {
  tabs.close(draft.id);
  forgetRun(draft.id);
  disposeLater(draft.id);
  if (isUnsaved(draft)) notify.undoable(`Closed ${draft.title}`, () => tabs.reopen(draft.id));
}

export function TabStrip({ set, onShare, onGuided }: TabStripProps) {
  const styles = useStyles();
  const [renaming, setRenaming] = useState<string>();
  const active = set.drafts.find((draft) => draft.id === set.active);
  const closed = tabs.closed();
  return (
    <div className={styles.strip}>
      <nav aria-label="Query tabs" style={{ minWidth: 0, display: 'flex' }}>
        <ul className={styles.list}>
          {set.drafts.map((draft) => (
            <li
              key={draft.id}
              className={mergeClasses(styles.tab, draft.id === set.active && styles.active)}
              onAuxClick={(event) => {
                if (event.button === 1) closeTab(draft);
              }}
            >
              {renaming === draft.id ? (
                <RenameInput draft={draft} onDone={() => setRenaming(undefined)} />
              ) : (
                <button
                  type="button"
                  className={styles.name}
                  aria-current={draft.id === set.active ? 'true' : undefined}
                  title={draft.text.slice(0, 400) || draft.title}
                  onClick={() => tabs.activate(draft.id)}
                  onDoubleClick={() => setRenaming(draft.id)}
                  onKeyDown={(event) => {
                    if (event.key === 'Delete') closeTab(draft);
                    if (event.key === 'F2') setRenaming(draft.id);
                  }}
                >
                  {draft.title}
                  {draft.savedId && isUnsaved(draft) ? ' •' : ''}
                </button>
              )}
              <Button
                size="small"
                appearance="transparent"
                data-close=""
                style={{ minWidth: 24 }}
                icon={<Dismiss12Regular />}
                aria-label={`Close ${draft.title}`}
                onClick={() => closeTab(draft)}
              />
            </li>
          ))}
        </ul>
      </nav>
      <div className={styles.tools}>
        <Tooltip content="New tab" relationship="label">
          <Button size="small" appearance="subtle" icon={<Add16Regular />} onClick={() => tabs.open()} />
        </Tooltip>
        <Tooltip content="New guided query: conditions instead of KQL" relationship="label">
          <Button size="small" appearance="subtle" icon={<Filter16Regular />} onClick={onGuided} />
        </Tooltip>
        <Menu>
          <MenuTrigger disableButtonEnhancement>
            <Tooltip content="More for tabs" relationship="label">
              <Button size="small" appearance="subtle" icon={<MoreHorizontal16Regular />} />
            </Tooltip>
          </MenuTrigger>
          <MenuPopover>
            <MenuList>
              {active ? (
                <>
                  <MenuItem onClick={() => setRenaming(active.id)}>Rename tab</MenuItem>
                  <MenuItem
                    onClick={() =>
                      tabs.open({
                        title: `${active.title} copy`,
                        text: active.text,
                        range: active.range,
                        cursor: active.cursor,
                        ...(active.guided ? { guided: active.guided } : {}),
                      })
                    }
                  >
                    Duplicate tab
                  </MenuItem>
                  <MenuItem onClick={onShare}>Copy link to this query</MenuItem>
                  <MenuItem onClick={() => closeTab(active)}>Close tab</MenuItem>
                  <MenuItem
                    disabled={set.drafts.length < 2}
                    onClick={() => {
                      const others = set.drafts.filter((draft) => draft.id !== active.id);
                      for (const draft of others) {
                        tabs.close(draft.id);
                        forgetRun(draft.id);
                        disposeLater(draft.id);
                      }
                      notify.undoable(`Closed ${others.length} tabs`, () => {
                        for (const draft of others) tabs.reopen(draft.id);
                      });
                    }}
                  >
                    Close other tabs
                  </MenuItem>
                </>
              ) : null}
              {closed.length > 0 ? (
                <>
                  <MenuDivider />
                  {closed.slice(0, 8).map((draft) => (
                    <MenuItem key={draft.id} onClick={() => tabs.reopen(draft.id)}>
                      Reopen {draft.title}: {draft.text.trim().slice(0, 40).replace(/\s+/g, ' ')}
                    </MenuItem>
                  ))}
                </>
              ) : null}
            </MenuList>
          </MenuPopover>
        </Menu>
      </div>
    </div>
  );
}

function RenameInput({ draft, onDone }: { readonly draft: Draft; readonly onDone: () => void }) {
  const [name, setName] = useState(draft.title);
  const keep = () => {
    const title = name.trim();
    if (title) tabs.update(draft.id, { title: title.slice(0, 80) });
    onDone();
  };
  return (
    <Input
      size="small"
      autoFocus
      aria-label="Name of the tab"
      value={name}
      maxLength={80}
      onChange={(_, data) => setName(data.value)}
      onBlur={keep}
      onKeyDown={(event) => {
        if (event.key === 'Enter') keep();
        if (event.key === 'Escape') onDone();
      }}
    />
  );
}
