import {
  Button,
  Input,
  Menu,
  MenuItem,
  MenuItemCheckbox,
  MenuItemRadio,
  MenuList,
  MenuPopover,
  MenuTrigger,
  makeStyles,
  mergeClasses,
  Popover,
  PopoverSurface,
  PopoverTrigger,
  tokens,
} from '@fluentui/react-components';
import { Add16Regular } from '@fluentui/react-icons/svg/add';
import { ChevronDown12Regular } from '@fluentui/react-icons/svg/chevron-down';
import { Dismiss12Regular } from '@fluentui/react-icons/svg/dismiss';
import { Filter16Regular } from '@fluentui/react-icons/svg/filter';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useHotkey } from '../lib/hotkeys.ts';
import { visibleText } from '../lib/text.ts';

export interface FilterOption {
  readonly value: string;
  readonly label: string;
  readonly icon?: ReactNode;
}

export interface FilterDefinition {
  readonly id: string;
  readonly label: string;
  readonly options: readonly FilterOption[];
  readonly selected: readonly string[];
  readonly onChange: (values: string[]) => void;
  /** One value at a time, always one chosen (a time range). */
  readonly single?: boolean;
  /** Under "Add filter" while nothing is chosen. */
  readonly optional?: boolean;
  /** Values are typed, not chosen: what to type. */
  readonly typed?: string;
}

export interface FilterBarProps {
  readonly filters: readonly FilterDefinition[];
  readonly search?: {
    readonly value: string;
    readonly onChange: (value: string) => void;
    readonly placeholder: string;
  };
  /** Shown when something differs from the page's start; puts everything back. */
  readonly onReset?: () => void;
  readonly children?: ReactNode;
}

const useStyles = makeStyles({
  bar: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '6px', minHeight: '32px' },
  search: { width: '240px' },
  pill: {
    fontWeight: tokens.fontWeightRegular,
    minWidth: 0,
    maxWidth: '340px',
    borderRadius: tokens.borderRadiusCircular,
  },
  set: { backgroundColor: tokens.colorBrandBackground2, color: tokens.colorBrandForeground2 },
  text: { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  strong: { fontWeight: tokens.fontWeightSemibold },
  pair: { display: 'inline-flex', alignItems: 'center' },
  clear: { minWidth: '24px', marginLeft: '-2px' },
  menu: { maxHeight: '60vh', overflowY: 'auto' },
  typed: {
    display: 'flex',
    flexDirection: 'column',
    gap: '6px',
    minWidth: '280px',
    maxWidth: '420px',
    overflowWrap: 'anywhere',
  },
});

/** Pills with menus; what they say is in the address, so a link shows the same rows to a colleague. */
export function FilterBar({ filters, search, onReset, children }: FilterBarProps) {
  const styles = useStyles();
  const [added, setAdded] = useState<string>();
  const isHidden = (filter: FilterDefinition) => filter.optional && filter.selected.length === 0 && filter.id !== added;
  const shown = filters.filter((filter) => !isHidden(filter));
  const hidden = filters.filter(isHidden);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a legend and its own layout
    <div className={styles.bar} role="group" aria-label="Filters">
      {search ? <SearchBox {...search} /> : null}
      {shown.map((filter) =>
        filter.typed ? (
          <TypedPill key={filter.id} filter={filter} open={filter.id === added} onClosed={() => setAdded(undefined)} />
        ) : (
          <FilterPill key={filter.id} filter={filter} open={filter.id === added} onClosed={() => setAdded(undefined)} />
        ),
      )}
      {hidden.length > 0 ? (
        <Menu>
          <MenuTrigger disableButtonEnhancement>
            <Button size="small" appearance="transparent" icon={<Add16Regular />}>
              Add filter
            </Button>
          </MenuTrigger>
          <MenuPopover>
            <MenuList className={styles.menu}>
              {hidden.map((filter) => (
                <MenuItem key={filter.id} onClick={() => setAdded(filter.id)}>
                  {filter.label}
                </MenuItem>
              ))}
            </MenuList>
          </MenuPopover>
        </Menu>
      ) : null}
      {onReset ? (
        <Button appearance="transparent" size="small" onClick={onReset}>
          Reset filters
        </Button>
      ) : null}
      {children}
    </div>
  );
}

/** What a pill is for, and what is chosen. */
function PillLabel({ filter }: { readonly filter: Pick<FilterDefinition, 'label' | 'options' | 'selected'> }) {
  const styles = useStyles();
  return (
    <span className={styles.text}>
      {filter.label}
      {filter.selected.length > 0 ? (
        <>
          : <span className={styles.strong}>{visibleText(pillText(filter))}</span>
        </>
      ) : null}
    </span>
  );
}

/** What a pill says: "Severity: High, Medium", "Severity: 3 of 4". */
export function pillText(filter: Pick<FilterDefinition, 'options' | 'selected'>): string {
  const labels = filter.selected.map(
    (value) => filter.options.find((option) => option.value === value)?.label ?? value,
  );
  return labels.length <= 2 ? labels.join(', ') : `${labels[0]} and ${labels.length - 1} more`;
}

interface PillProps {
  readonly filter: FilterDefinition;
  /** Just added: its menu is open. */
  readonly open: boolean;
  readonly onClosed: () => void;
}

/** Values that are typed: an exact name, a technique. */
function TypedPill({ filter, open: added, onClosed }: PillProps) {
  const styles = useStyles();
  const [open, setOpen] = useState(added);
  const [text, setText] = useState('');
  const isSet = filter.selected.length > 0;
  const add = () => {
    const value = text.trim();
    if (value && !filter.selected.includes(value)) filter.onChange([...filter.selected, value]);
    setText('');
  };
  return (
    <span className={styles.pair}>
      <Popover
        open={open}
        trapFocus
        positioning="below-start"
        onOpenChange={(_, data) => {
          setOpen(data.open);
          if (!data.open) onClosed();
        }}
      >
        <PopoverTrigger disableButtonEnhancement>
          <Button
            size="small"
            className={mergeClasses(styles.pill, isSet && styles.set)}
            icon={<ChevronDown12Regular />}
            iconPosition="after"
          >
            <PillLabel filter={filter} />
          </Button>
        </PopoverTrigger>
        <PopoverSurface aria-label={filter.label}>
          <div className={styles.typed}>
            {filter.selected.map((value) => (
              <span key={value} className={styles.pair}>
                {visibleText(value)}
                <Button
                  size="small"
                  appearance="transparent"
                  icon={<Dismiss12Regular />}
                  aria-label={`Remove ${value}`}
                  onClick={() => filter.onChange(filter.selected.filter((each) => each !== value))}
                />
              </span>
            ))}
            <Input
              autoFocus
              size="small"
              value={text}
              maxLength={400}
              aria-label={`${filter.label}: ${filter.typed}`}
              placeholder={filter.typed ?? ''}
              onChange={(_, data) => setText(data.value)}
              onKeyDown={(event) => {
                if (event.key === 'Enter') add();
              }}
              contentAfter={
                <Button size="small" appearance="transparent" disabled={!text.trim()} onClick={add}>
                  Add
                </Button>
              }
            />
          </div>
        </PopoverSurface>
      </Popover>
      {isSet ? (
        <Button
          size="small"
          appearance="transparent"
          className={styles.clear}
          icon={<Dismiss12Regular />}
          aria-label={`Remove filter ${filter.label}`}
          onClick={() => filter.onChange([])}
        />
      ) : null}
    </span>
  );
}

function FilterPill({ filter, open: added, onClosed }: PillProps) {
  const styles = useStyles();
  const [open, setOpen] = useState(added);
  const isSet = filter.selected.length > 0;
  return (
    <span className={styles.pair}>
      <Menu
        open={open}
        onOpenChange={(_, data) => {
          setOpen(data.open);
          if (!data.open) onClosed();
        }}
        checkedValues={{ [filter.id]: [...filter.selected] }}
        onCheckedValueChange={(_, data) => filter.onChange(data.checkedItems)}
        persistOnItemClick={!filter.single}
      >
        <MenuTrigger disableButtonEnhancement>
          <Button
            size="small"
            className={mergeClasses(styles.pill, isSet && styles.set)}
            icon={<ChevronDown12Regular />}
            iconPosition="after"
          >
            <PillLabel filter={filter} />
          </Button>
        </MenuTrigger>
        <MenuPopover>
          <MenuList className={styles.menu}>
            {filter.options.map((option) =>
              filter.single ? (
                <MenuItemRadio key={option.value} name={filter.id} value={option.value} icon={option.icon as never}>
                  {visibleText(option.label)}
                </MenuItemRadio>
              ) : (
                <MenuItemCheckbox key={option.value} name={filter.id} value={option.value} icon={option.icon as never}>
                  {visibleText(option.label)}
                </MenuItemCheckbox>
              ),
            )}
          </MenuList>
        </MenuPopover>
      </Menu>
      {isSet && !filter.single ? (
        <Button
          size="small"
          appearance="transparent"
          className={styles.clear}
          icon={<Dismiss12Regular />}
          aria-label={`Remove filter ${filter.label}`}
          onClick={() => filter.onChange([])}
        />
      ) : null}
    </span>
  );
}

function SearchBox({ value, onChange, placeholder }: NonNullable<FilterBarProps['search']>) {
  const styles = useStyles();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(value);
  const sent = useRef(value);
  useHotkey('f', 'Filter this list', 'In a list', () => input.current?.focus());

  // The address changed by other means (back, reset): follow it. What is being typed stays.
  useEffect(() => {
    if (value !== sent.current) {
      sent.current = value;
      setText(value);
    }
  }, [value]);

  useEffect(() => {
    if (text === sent.current) return;
    const timer = setTimeout(() => {
      sent.current = text;
      onChange(text);
    }, 250);
    return () => clearTimeout(timer);
  }, [text, onChange]);

  return (
    <Input
      ref={input}
      size="small"
      className={styles.search}
      type="search"
      contentBefore={<Filter16Regular />}
      value={text}
      maxLength={400}
      placeholder={placeholder}
      aria-label={placeholder}
      onChange={(_, data) => setText(data.value)}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && text) {
          event.preventDefault();
          setText('');
        }
      }}
    />
  );
}
