import { Input, makeStyles, mergeClasses, Spinner, Text, tokens } from '@fluentui/react-components';
import { Search20Regular } from '@fluentui/react-icons/svg/search';
import type { SearchHit } from '@parapet/schema/wire';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useDeferredValue, useEffect, useId, useRef, useState } from 'react';
import { api } from '../api/client.ts';
import { useHotkey } from '../lib/hotkeys.ts';
import { visibleText } from '../lib/text.ts';
import { words } from '../theme/meaning.ts';
import { rowTokens } from '../theme/theme.ts';
import { NAVIGATION } from './navigation.ts';

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
  group: {
    padding: '8px 12px 2px',
    color: tokens.colorNeutralForeground3,
    fontSize: tokens.fontSizeBase200,
    fontWeight: tokens.fontWeightSemibold,
  },
  hit: {
    display: 'flex',
    alignItems: 'baseline',
    gap: '10px',
    padding: '5px 12px',
    cursor: 'pointer',
    minHeight: '28px',
  },
  active: { backgroundColor: rowTokens.rowHover },
  label: { whiteSpace: 'nowrap', overflow: 'hidden', textOverflow: 'ellipsis', minWidth: 0, flexShrink: 1 },
  detail: {
    color: tokens.colorNeutralForeground3,
    fontSize: tokens.fontSizeBase200,
    whiteSpace: 'nowrap',
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    flexShrink: 2,
    minWidth: '60px',
  },
  note: { padding: '10px 12px', color: tokens.colorNeutralForeground3 },
});

const GROUP_LABEL: Readonly<Record<string, string>> = { ips: 'IP addresses', tables: 'Hunting tables', pages: 'Pages' };

/** Search over incidents, alerts, entities and tables, from anywhere with `/` or Ctrl+K. */
export function GlobalSearch() {
  const styles = useStyles();
  const id = useId();
  const router = useRouter();
  const input = useRef<HTMLInputElement>(null);
  const opener = useRef<Element | null>(null);
  const [text, setText] = useState('');
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  const query = useDeferredValue(useSettled(text.trim(), 150));
  const focus = () => {
    opener.current = document.activeElement;
    input.current?.focus();
    input.current?.select();
  };
  useHotkey('/', 'Search', 'Everywhere', focus);
  useHotkey('Ctrl+K', 'Search, also while typing', 'Everywhere', focus);

  const result = useQuery({
    queryKey: ['search', query],
    queryFn: ({ signal }) => api.get('/api/search', { q: query.slice(0, 400) }, signal),
    enabled: query.length >= 2,
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
  const groups = [
    { group: 'pages', items: pageHits(text.trim()) },
    ...(query.length >= 2 ? (result.data?.groups ?? []) : []),
  ].filter((group) => group.items.length > 0);
  const hits = groups.flatMap((group) => group.items);
  const current = Math.min(active, hits.length - 1);
  const visible = open && text.trim().length >= 2;

  const go = (hit: SearchHit) => {
    setOpen(false);
    setText('');
    input.current?.blur();
    router.history.push(hit.href);
  };

  return (
    <search className={styles.root}>
      <Input
        ref={input}
        className={styles.input}
        appearance="filled-darker"
        contentBefore={<Search20Regular />}
        contentAfter={
          result.isFetching && query.length >= 2 ? (
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
        aria-activedescendant={visible && hits.length ? `${id}-${current}` : undefined}
        value={text}
        maxLength={2000}
        onChange={(_, data) => {
          setText(data.value);
          setActive(0);
          setOpen(true);
        }}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown') {
            event.preventDefault();
            setActive(Math.min(current + 1, hits.length - 1));
          } else if (event.key === 'ArrowUp') {
            event.preventDefault();
            setActive(Math.max(current - 1, 0));
          } else if (event.key === 'Enter') {
            const hit = hits[current];
            if (hit) go(hit);
          } else if (event.key === 'Escape') {
            event.preventDefault();
            if (text) setText('');
            else if (opener.current instanceof HTMLElement) opener.current.focus();
            setOpen(false);
          }
        }}
      />
      {visible ? (
        <div className={styles.list} id={`${id}-list`} role="listbox" aria-label="Search results">
          {groups.map((group) => (
            // biome-ignore lint/a11y/useSemanticElements: options of a listbox are grouped by role
            <div key={group.group} role="group" aria-label={GROUP_LABEL[group.group] ?? words(group.group)}>
              <div className={styles.group} role="presentation">
                {GROUP_LABEL[group.group] ?? words(group.group)}
              </div>
              {group.items.map((hit) => {
                const index = hits.indexOf(hit);
                return (
                  // biome-ignore lint/a11y/useKeyWithClickEvents: the input above handles the keys
                  <div
                    key={`${hit.href}|${hit.label}`}
                    id={`${id}-${index}`}
                    role="option"
                    tabIndex={-1}
                    aria-selected={index === current}
                    className={mergeClasses(styles.hit, index === current && styles.active)}
                    onMouseDown={(event) => event.preventDefault()}
                    onMouseMove={() => setActive(index)}
                    onClick={() => go(hit)}
                  >
                    <span className={styles.label}>{visibleText(hit.label)}</span>
                    <span className={styles.detail}>{visibleText(hit.detail)}</span>
                  </div>
                );
              })}
            </div>
          ))}
          {hits.length === 0 ? (
            <Text className={styles.note} block role="status">
              {result.isError
                ? `Search did not answer: ${result.error.message}`
                : result.isFetching || query !== text.trim()
                  ? 'Searching…'
                  : `Nothing matches “${text.trim().slice(0, 80)}”. Try a name, an address, a hash or an incident number.`}
            </Text>
          ) : null}
        </div>
      ) : null}
    </search>
  );
}

function pageHits(text: string): readonly SearchHit[] {
  if (text.length < 2) return [];
  return NAVIGATION.flatMap((section) => section.items.map((item) => ({ section, item })))
    .filter(({ item }) => item.label.toLowerCase().includes(text.toLowerCase()))
    .map(({ section, item }) => ({ label: item.label, detail: section.label, href: item.to }));
}

/** The value once it has rested for a while. */
function useSettled<T>(value: T, milliseconds: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), milliseconds);
    return () => clearTimeout(timer);
  }, [value, milliseconds]);
  return settled;
}
