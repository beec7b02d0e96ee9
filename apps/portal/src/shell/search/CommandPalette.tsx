import {
  Dialog,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Input,
  makeStyles,
  Text,
  tokens,
} from '@fluentui/react-components';
import { ChevronRight16Regular } from '@fluentui/react-icons/svg/chevron-right';
import { useRouter } from '@tanstack/react-router';
import { useId, useState } from 'react';
import { useCommands } from './commands.ts';
import { HitList, type LineGroup, lineId, movedLine, showLine } from './HitList.tsx';
import { rememberSearch } from './history.ts';
import { matchCommand } from './palette-match.ts';
import { exactHit, resultsHref } from './targets.ts';

const useStyles = makeStyles({
  surface: {
    maxWidth: '600px',
    padding: '12px 0 8px',
    // Near the top, so that the box does not move while the list grows and shrinks.
    marginTop: '10vh',
  },
  body: { gap: '8px' },
  title: { position: 'absolute', width: '1px', height: '1px', overflow: 'hidden', clipPath: 'inset(50%)' },
  input: { margin: '0 12px' },
  list: { maxHeight: '56vh', overflowY: 'auto' },
  note: { padding: '6px 12px 0', color: tokens.colorNeutralForeground3 },
});

/** Actions and pages by their names; everything that has a key is in it with its key. */
export default function CommandPalette({ onClose }: { readonly onClose: () => void }) {
  const styles = useStyles();
  const id = useId().replaceAll(':', '');
  const router = useRouter();
  const [text, setText] = useState('');
  const [active, setActive] = useState(0);
  const commands = useCommands(onClose);
  const wanted = text.trim();
  const open = (href: string) => {
    onClose();
    rememberSearch(wanted);
    router.history.push(href);
  };
  const matching: LineGroup[] = commands
    .map(({ label, lines }) => ({
      label,
      lines: lines
        .map((line) => ({ line, cost: matchCommand(wanted, line.label, line.detail) }))
        .flatMap(({ line, cost }) => (cost === undefined ? [] : [{ line, cost }]))
        .sort((a, b) => a.cost - b.cost)
        .map(({ line }) => line),
    }))
    .filter(({ lines }) => lines.length > 0);
  const exact = exactHit(wanted);
  const groups: LineGroup[] = exact
    ? [
        { label: 'Go to', lines: [{ label: exact.label, detail: exact.detail, run: () => open(exact.href) }] },
        ...matching,
      ]
    : matching;
  if (wanted.length >= 2)
    groups.push({
      label: 'Search',
      lines: [
        {
          label: `Search everywhere for “${wanted.slice(0, 60)}”`,
          detail: 'All results, with counts',
          run: () => open(resultsHref(wanted.slice(0, 400))),
        },
      ],
    });
  const lines = groups.flatMap((group) => group.lines);
  const current = Math.min(active, lines.length - 1);
  return (
    <Dialog open onOpenChange={(_, data) => !data.open && onClose()}>
      <DialogSurface className={styles.surface} aria-label="Commands">
        <DialogBody className={styles.body}>
          <DialogTitle className={styles.title}>Commands</DialogTitle>
          <DialogContent style={{ gridColumn: '1 / -1', padding: 0, overflow: 'visible' }}>
            <div style={{ display: 'flex', flexDirection: 'column', gap: 6 }}>
              <Input
                autoFocus
                className={styles.input}
                contentBefore={<ChevronRight16Regular />}
                placeholder="Type a command or the name of a page"
                aria-label="Command"
                role="combobox"
                aria-expanded="true"
                aria-controls={`${id}-list`}
                aria-autocomplete="list"
                aria-activedescendant={current >= 0 ? lineId(id, current) : undefined}
                value={text}
                maxLength={400}
                onChange={(_, data) => {
                  setText(data.value);
                  setActive(0);
                }}
                onKeyDown={(event) => {
                  const moved = movedLine(event.key, current, lines.length);
                  if (moved !== undefined) {
                    event.preventDefault();
                    setActive(moved);
                    showLine(id, moved);
                  } else if (event.key === 'Enter') {
                    event.preventDefault();
                    lines[current]?.run();
                  }
                }}
              />
              <div className={styles.list}>
                <HitList id={id} label="Commands" groups={groups} active={current} onActive={setActive} />
              </div>
              {lines.length === 0 ? (
                <Text className={styles.note} role="status">
                  No command has this name.
                </Text>
              ) : null}
            </div>
          </DialogContent>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
