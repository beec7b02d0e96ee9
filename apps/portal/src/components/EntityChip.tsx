import {
  Menu,
  MenuDivider,
  MenuItem,
  MenuItemLink,
  MenuList,
  MenuPopover,
  MenuTrigger,
  makeStyles,
  mergeClasses,
  tokens,
} from '@fluentui/react-components';
import type { FluentIcon } from '@fluentui/react-icons';
import { AppGeneric20Regular } from '@fluentui/react-icons/svg/app-generic';
import { Apps16Regular } from '@fluentui/react-icons/svg/apps';
import { AppsAddIn16Regular } from '@fluentui/react-icons/svg/apps-add-in';
import { CalendarClock16Regular } from '@fluentui/react-icons/svg/calendar-clock';
import { ChevronDown12Regular } from '@fluentui/react-icons/svg/chevron-down';
import { Cloud16Regular } from '@fluentui/react-icons/svg/cloud';
import { Copy20Regular } from '@fluentui/react-icons/svg/copy';
import { Cube16Regular } from '@fluentui/react-icons/svg/cube';
import { Desktop16Regular } from '@fluentui/react-icons/svg/desktop';
import { Document16Regular } from '@fluentui/react-icons/svg/document';
import { Filter20Regular } from '@fluentui/react-icons/svg/filter';
import { Globe16Regular } from '@fluentui/react-icons/svg/globe';
import { Key16Regular } from '@fluentui/react-icons/svg/key';
import { Link16Regular } from '@fluentui/react-icons/svg/link';
import { Mail16Regular } from '@fluentui/react-icons/svg/mail';
import { MailRead16Regular } from '@fluentui/react-icons/svg/mail-read';
import { Open20Regular } from '@fluentui/react-icons/svg/open';
import { Person16Regular } from '@fluentui/react-icons/svg/person';
import { Settings16Regular } from '@fluentui/react-icons/svg/settings';
import { WindowConsole20Regular } from '@fluentui/react-icons/svg/window-console';
import type { Entity, EntityType, Severity } from '@parapet/schema/wire';
import { useRouter } from '@tanstack/react-router';
import { createContext, type MouseEvent, useContext } from 'react';
import { huntHref } from '../features/hunt-link/share-link.ts';
import { ENTITY_LABEL, entityCopyText, entityHref, entityQuery, type HuntWindow, shortLabel } from '../lib/entity.ts';
import { middle, visibleText } from '../lib/text.ts';
import { rowTokens } from '../theme/theme.ts';
import { SeverityBadge } from './Badges.tsx';
import { CloudMark } from './CloudMark.tsx';
import { copyText } from './CopyButton.tsx';
import { HrefLink } from './HrefLink.tsx';
import { notify } from './Notifier.tsx';

export const ENTITY_ICON: Readonly<Record<EntityType, FluentIcon>> = {
  device: Desktop16Regular,
  user: Person16Regular,
  process: Apps16Regular,
  file: Document16Regular,
  ip: Globe16Regular,
  url: Link16Regular,
  registry: Key16Regular,
  service: Settings16Regular,
  scheduledTask: CalendarClock16Regular,
  cloudResource: Cube16Regular,
  cloudAccount: Cloud16Regular,
  cloudIdentity: Person16Regular,
  mailbox: Mail16Regular,
  mailMessage: MailRead16Regular,
  cloudApp: AppGeneric20Regular,
  oauthApp: AppsAddIn16Regular,
};

/** Time window that "hunt for this" uses for the chips below it; an incident page sets its own. */
export const HuntWindowContext = createContext<HuntWindow | undefined>(undefined);

const useStyles = makeStyles({
  chip: {
    display: 'inline-flex',
    alignItems: 'center',
    maxWidth: '100%',
    minWidth: 0,
    height: '24px',
    borderRadius: tokens.borderRadiusMedium,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    backgroundColor: tokens.colorNeutralBackground1,
    color: tokens.colorNeutralForeground1,
    fontSize: tokens.fontSizeBase200,
    verticalAlign: 'middle',
  },
  link: {
    display: 'inline-flex',
    alignItems: 'center',
    gap: '5px',
    minWidth: 0,
    height: '22px',
    padding: '0 4px 0 6px',
    color: 'inherit',
    textDecoration: 'none',
    borderRadius: tokens.borderRadiusMedium,
    ':hover': { color: tokens.colorBrandForegroundLinkHover, textDecoration: 'underline' },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-1px' },
  },
  icon: { display: 'flex', flexShrink: 0, color: tokens.colorNeutralForeground3 },
  text: { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap', minWidth: 0, unicodeBidi: 'isolate' },
  more: {
    border: 'none',
    backgroundColor: 'transparent',
    padding: 0,
    display: 'grid',
    placeItems: 'center',
    width: '24px',
    height: '22px',
    flexShrink: 0,
    cursor: 'pointer',
    color: tokens.colorNeutralForeground3,
    borderRadius: tokens.borderRadiusMedium,
    ':hover': { backgroundColor: rowTokens.rowHover, color: tokens.colorNeutralForeground1 },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-1px' },
  },
  plain: { border: 'none', backgroundColor: 'transparent', fontSize: tokens.fontSizeBase300, marginLeft: '-6px' },
});

export interface EntityChipProps {
  readonly entity: Entity;
  readonly risk?: Severity | 'none';
  /** Adds "Filter by this" to the menu; the page says what that means. */
  readonly onFilter?: (entity: Entity) => void;
  readonly maxLength?: number;
  /** Without the frame and the domain, for dense rows. */
  readonly dense?: boolean;
}

/** An entity anywhere: icon, name, risk mark, and the same menu everywhere. */
export function EntityChip({ entity, risk, onFilter, maxLength = 40, dense }: EntityChipProps) {
  const styles = useStyles();
  const router = useRouter();
  const window = useContext(HuntWindowContext);
  const Icon = ENTITY_ICON[entity.type];
  const href = entityHref(entity);
  const query = entityQuery(entity, window);
  const name = visibleText(middle(dense ? shortLabel(entity) : entity.label, maxLength));
  const typeLabel = ENTITY_LABEL[entity.type];
  const follow = (path: string) => (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    router.history.push(path);
  };
  const copy = async () => {
    try {
      await copyText(entityCopyText(entity));
      notify.success(`Copied ${typeLabel.toLowerCase()}`, middle(entityCopyText(entity), 80));
    } catch (error) {
      notify.failure('Nothing was copied', error);
    }
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: only keeps clicks from the row around it
    // biome-ignore lint/a11y/useKeyWithClickEvents: only keeps clicks from the row around it
    <span className={mergeClasses(styles.chip, dense && styles.plain)} onClick={(event) => event.stopPropagation()}>
      <HrefLink
        href={href}
        className={styles.link}
        title={`${typeLabel}: ${visibleText(entity.label)}`}
        data-entity={entity.type}
      >
        <span className={styles.icon}>
          <Icon aria-label={typeLabel} />
        </span>
        <CloudMark entity={entity} />
        <span className={styles.text}>{name}</span>
        {risk && risk !== 'none' ? <SeverityBadge severity={risk} iconOnly /> : null}
      </HrefLink>
      <Menu>
        <MenuTrigger disableButtonEnhancement>
          <button type="button" className={styles.more} aria-label={`Actions for ${typeLabel.toLowerCase()} ${name}`}>
            <ChevronDown12Regular />
          </button>
        </MenuTrigger>
        <MenuPopover onClick={(event) => event.stopPropagation()}>
          <MenuList>
            <MenuItemLink href={href} icon={<Open20Regular />} onClick={follow(href)}>
              Open page
            </MenuItemLink>
            <MenuItem icon={<Copy20Regular />} onClick={() => void copy()}>
              Copy
            </MenuItem>
            {query ? (
              <MenuItemLink
                href={huntHref({ query, run: true })}
                icon={<WindowConsole20Regular />}
                onClick={follow(huntHref({ query, run: true }))}
              >
                Hunt for this
              </MenuItemLink>
            ) : null}
            {onFilter ? (
              <>
                <MenuDivider />
                <MenuItem icon={<Filter20Regular />} onClick={() => onFilter(entity)}>
                  Filter by this
                </MenuItem>
              </>
            ) : null}
          </MenuList>
        </MenuPopover>
      </Menu>
    </span>
  );
}

/** A few chips in a row and the number of the rest; for grid cells. */
export function EntityChips({
  entities,
  max = 2,
  wrap,
  onFilter,
}: {
  readonly entities: readonly Entity[];
  readonly max?: number;
  /** Rows that may grow instead of one line. */
  readonly wrap?: boolean;
  readonly onFilter?: (entity: Entity) => void;
}) {
  if (entities.length === 0) return <span>–</span>;
  const rest = entities.slice(max);
  return (
    <span
      style={{
        display: wrap ? 'flex' : 'inline-flex',
        flexWrap: wrap ? 'wrap' : 'nowrap',
        gap: 2,
        alignItems: 'center',
        minWidth: 0,
        maxWidth: '100%',
      }}
    >
      {entities.slice(0, max).map((entity) => (
        <EntityChip
          key={`${entity.type}|${entity.key}`}
          entity={entity}
          dense
          maxLength={20}
          {...(onFilter ? { onFilter } : {})}
        />
      ))}
      {rest.length ? (
        <span
          title={rest
            .slice(0, 20)
            .map((entity) => entity.label)
            .join('\n')}
          style={{ whiteSpace: 'nowrap' }}
        >
          +{rest.length}
        </span>
      ) : null}
    </span>
  );
}
