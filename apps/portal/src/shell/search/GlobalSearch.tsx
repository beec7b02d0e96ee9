import { Input, makeStyles, Spinner, Text, tokens } from '@fluentui/react-components';
import { Search20Regular } from '@fluentui/react-icons/svg/search';
import { SEARCH_FIELD_HELP, SEARCH_FIELDS, type SearchHit } from '@parapet/schema/wire';
import { useLocation, useRouter } from '@tanstack/react-router';
import { useId, useRef, useState } from 'react';
import { useHotkey } from '../../lib/hotkeys.ts';
import { HitList, type LineGroup, lineId, movedLine, showLine } from './HitList.tsx';
import { clearSearches, historyOff, pastSearches, rememberSearch, switchHistory } from './history.ts';
import { Problems } from './Problems.tsx';
import { useSuggestions } from './useSearch.ts';

const useStyles = makeStyles({
  root: { position: 'relative', width: '100%' },
  input: { width: '100%' },
  hint: {
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase200,
    color: tokens.colorNeutralForeground3,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusSmall,
    padding: '0 5px',
  },
  list: {
    position: 'absolute',
    top: '36px',
    left: 0,
    right: 0,
    maxHeight: 'min(560px, 80vh)',
    overflowY: 'auto',
    backgroundColor: tokens.colorNeutralBackground1,
    boxShadow: tokens.shadow16,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusMedium,
    padding: '4px 0 8px',
    zIndex: 100,
  },
  note: { padding: '8px 12px', color: tokens.colorNeutralForeground3 },
});

/** Searches of the past that the empty box offers. */
const SHOWN_PAST = 8;

/** Search over incidents, alerts, entities, tables and pages, from anywhere with `/`. */
export function GlobalSearch() {
  const styles = useStyles();
  const id = useId().replaceAll(':', '');
  const router = useRouter();
  const { pathname, searchStr } = useLocation();
  const input = useRef<HTMLInputElement>(null);
  const opener = useRef<Element | null>(null);
  const [text, setText] = useState('');
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  const [past, setPast] = useState<readonly string[]>([]);
  useHotkey('/', 'Search', 'Everywhere', () => {
    opener.current = document.activeElement;
    input.current?.focus();
    input.current?.select();
  });
  const found = useSuggestions(text, open);

  const go = (hit: SearchHit) => {
    rememberSearch(text);
    setOpen(false);
    // The page of results keeps its question in the box; anywhere else the box is free again.
    if (!hit.href.startsWith('/search?')) setText('');
    input.current?.blur();
    router.history.push(hit.href);
  };
  const type = (value: string) => {
    setText(value);
    setActive(0);
    setOpen(true);
    input.current?.focus();
  };
  const forget = (change: () => void) => {
    change();
    setPast([]);
  };
  const blank = text.trim() === '';
  const groups: LineGroup[] = blank
    ? [
        {
          label: 'Searched before, on this computer',
          lines: past.slice(0, SHOWN_PAST).map((one) => ({ label: one, detail: '', run: () => type(one) })),
        },
        {
          label: 'Narrow the search',
          lines: SEARCH_FIELDS.map((field) => ({
            label: `${field}:`,
            detail: SEARCH_FIELD_HELP[field],
            run: () => type(`${field}:`),
          })),
        },
        {
          label: 'History',
          lines: historyOff()
            ? [
                {
                  label: 'Keep a history on this computer',
                  detail: 'For 30 days',
                  run: () => forget(() => switchHistory(true)),
                },
              ]
            : [
                ...(past.length > 0
                  ? [{ label: 'Clear the history', detail: '', run: () => forget(clearSearches) }]
                  : []),
                {
                  label: 'Do not keep a history',
                  detail: 'Forgets what was kept',
                  run: () => forget(() => switchHistory(false)),
                },
              ],
        },
      ].filter(({ lines }) => lines.length > 0)
    : found.groups.map(({ label, items }) => ({
        label,
        lines: items.map((hit) => ({ label: hit.label, detail: hit.detail, run: () => go(hit) })),
      }));
  const count = groups.reduce((sum, { lines }) => sum + lines.length, 0);
  const current = Math.min(active, count - 1);
  const note = blank
    ? ''
    : found.error
      ? `Search did not answer: ${found.error.message}`
      : found.searching
        ? 'Searching…'
        : found.empty
          ? 'Nothing matches. Try a name, an address, a hash or an incident number.'
          : found.incomplete.length > 0
            ? `Missing, because they took too long: ${found.incomplete.join(', ')}. The page of results waits for them.`
            : '';
  const visible = open && (blank ? count > 0 : text.trim().length >= 2 || found.problems.length > 0);

  return (
    <search className={styles.root}>
      <Input
        ref={input}
        className={styles.input}
        appearance="filled-darker"
        contentBefore={<Search20Regular />}
        contentAfter={
          found.searching && open ? (
            <Spinner size="extra-tiny" aria-label="Searching" />
          ) : (
            <kbd className={styles.hint}>/</kbd>
          )
        }
        placeholder="Search incidents, devices, users, addresses, hashes"
        aria-label="Search"
        role="combobox"
        aria-expanded={visible}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-invalid={found.problems.some(({ fatal }) => fatal)}
        aria-activedescendant={visible && count > 0 && current >= 0 ? lineId(id, current) : undefined}
        value={text}
        maxLength={10_000}
        onChange={(_, data) => {
          setText(data.value);
          setActive(0);
          setOpen(true);
        }}
        onFocus={() => {
          setPast(pastSearches());
          setActive(blank ? -1 : 0);
          // On the page of results the box holds the question of the address.
          if (blank && pathname === '/search') setText(new URLSearchParams(searchStr).get('q') ?? '');
          setOpen(true);
        }}
        onBlur={() => setOpen(false)}
        onKeyDown={(event) => {
          const moved = visible ? movedLine(event.key, current, count) : undefined;
          if (moved !== undefined) {
            event.preventDefault();
            setActive(moved);
            showLine(id, moved);
          } else if (event.key === 'Enter') {
            groups.flatMap(({ lines }) => lines)[current]?.run();
          } else if (event.key === 'Escape') {
            event.preventDefault();
            if (text) {
              setText('');
              setActive(-1);
            } else {
              setOpen(false);
              if (opener.current instanceof HTMLElement) opener.current.focus();
              else input.current?.blur();
            }
          }
        }}
      />
      {visible ? (
        <div className={styles.list}>
          <Problems text={text} problems={found.problems} tooLong={found.tooLong} onMend={type} />
          <HitList id={id} label="Search results" groups={groups} active={current} onActive={setActive} />
          {note ? (
            <Text className={styles.note} block size={200} role="status">
              {note}
            </Text>
          ) : null}
        </div>
      ) : null}
    </search>
  );
}
