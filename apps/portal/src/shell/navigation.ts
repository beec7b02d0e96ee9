import type { FluentIcon } from '@fluentui/react-icons';
import { Alert20Filled, Alert20Regular } from '@fluentui/react-icons/svg/alert';
import { BookOpen20Filled, BookOpen20Regular } from '@fluentui/react-icons/svg/book-open';
import { Braces20Filled, Braces20Regular } from '@fluentui/react-icons/svg/braces';
import { ClipboardCode20Filled, ClipboardCode20Regular } from '@fluentui/react-icons/svg/clipboard-code';
import {
  ClipboardTaskListLtr20Filled,
  ClipboardTaskListLtr20Regular,
} from '@fluentui/react-icons/svg/clipboard-task-list-ltr';
import { Database20Filled, Database20Regular } from '@fluentui/react-icons/svg/database';
import { Desktop20Filled, Desktop20Regular } from '@fluentui/react-icons/svg/desktop';
import { Grid20Filled, Grid20Regular } from '@fluentui/react-icons/svg/grid';
import { Home20Filled, Home20Regular } from '@fluentui/react-icons/svg/home';
import { MailDismiss20Filled, MailDismiss20Regular } from '@fluentui/react-icons/svg/mail-dismiss';
import { Options20Filled, Options20Regular } from '@fluentui/react-icons/svg/options';
import { People20Filled, People20Regular } from '@fluentui/react-icons/svg/people';
import { PeopleList20Filled, PeopleList20Regular } from '@fluentui/react-icons/svg/people-list';
import { PlugConnected20Filled, PlugConnected20Regular } from '@fluentui/react-icons/svg/plug-connected';
import { Settings20Filled, Settings20Regular } from '@fluentui/react-icons/svg/settings';
import { ShieldError20Filled, ShieldError20Regular } from '@fluentui/react-icons/svg/shield-error';
import { ShieldGlobe20Filled, ShieldGlobe20Regular } from '@fluentui/react-icons/svg/shield-globe';
import { ShieldKeyhole20Filled, ShieldKeyhole20Regular } from '@fluentui/react-icons/svg/shield-keyhole';
import { WindowConsole20Filled, WindowConsole20Regular } from '@fluentui/react-icons/svg/window-console';
import type { Permission } from '@parapet/schema/wire';

export interface NavItem {
  readonly label: string;
  readonly to: string;
  readonly icon: FluentIcon;
  readonly activeIcon: FluentIcon;
  /** Absent for people without it. */
  readonly permission?: Permission;
  /** Pressed after `g`. */
  readonly key?: string;
  /** Only this exact address counts as "here", not the ones below it. */
  readonly exact?: boolean;
}

export interface NavSection {
  readonly id: string;
  /** Empty for items without a heading. */
  readonly label: string;
  readonly items: readonly NavItem[];
}

/** The navigation tree (spec D 1.1), only what works. A new page is one line here and one in `routes.tsx`. */
export const NAVIGATION: readonly NavSection[] = [
  {
    id: 'top',
    label: '',
    items: [{ label: 'Home', to: '/', icon: Home20Regular, activeIcon: Home20Filled, key: 'h', exact: true }],
  },
  {
    id: 'response',
    label: 'Investigation & response',
    items: [
      {
        label: 'Incidents',
        to: '/incidents',
        icon: ShieldError20Regular,
        activeIcon: ShieldError20Filled,
        permission: 'SecData.Read',
        key: 'i',
      },
      {
        label: 'Alerts',
        to: '/alerts',
        icon: Alert20Regular,
        activeIcon: Alert20Filled,
        permission: 'SecData.Read',
        key: 'a',
      },
      {
        label: 'Advanced hunting',
        to: '/hunting',
        icon: WindowConsole20Regular,
        activeIcon: WindowConsole20Filled,
        permission: 'SecData.Read',
        key: 'q',
      },
      {
        label: 'Detection rules',
        to: '/detections',
        icon: ClipboardCode20Regular,
        activeIcon: ClipboardCode20Filled,
        permission: 'SecData.Read',
        key: 'r',
      },
      {
        label: 'Tuning',
        to: '/tuning',
        icon: Options20Regular,
        activeIcon: Options20Filled,
        permission: 'SecData.Read',
        key: 'u',
      },
      {
        label: 'ATT&CK coverage',
        to: '/coverage',
        icon: Grid20Regular,
        activeIcon: Grid20Filled,
        permission: 'SecData.Read',
        key: 'v',
      },
      {
        label: 'Threat intelligence',
        to: '/intel',
        icon: ShieldGlobe20Regular,
        activeIcon: ShieldGlobe20Filled,
        permission: 'SecData.Read',
        key: 'b',
      },
      {
        label: 'Watchlists',
        to: '/watchlists',
        icon: PeopleList20Regular,
        activeIcon: PeopleList20Filled,
        permission: 'SecData.Read',
        key: 'w',
      },
    ],
  },
  {
    id: 'assets',
    label: 'Assets',
    items: [
      {
        label: 'Devices',
        to: '/devices',
        icon: Desktop20Regular,
        activeIcon: Desktop20Filled,
        permission: 'SecData.Read',
        key: 'd',
      },
      {
        label: 'Identities',
        to: '/identities',
        icon: People20Regular,
        activeIcon: People20Filled,
        permission: 'SecData.Read',
        key: 'e',
      },
    ],
  },
  {
    id: 'data',
    label: 'Data',
    items: [
      {
        label: 'Sources & connectors',
        to: '/ingestion',
        icon: PlugConnected20Regular,
        activeIcon: PlugConnected20Filled,
        permission: 'Sys.Read',
        key: 's',
        exact: true,
      },
      {
        label: 'Dead letters',
        to: '/ingestion/dead-letters',
        icon: MailDismiss20Regular,
        activeIcon: MailDismiss20Filled,
        permission: 'Sys.Read',
      },
      {
        label: 'Data store',
        to: '/store',
        icon: Database20Regular,
        activeIcon: Database20Filled,
        permission: 'Sys.Read',
        key: 't',
      },
    ],
  },
  {
    id: 'system',
    label: 'System',
    items: [
      {
        label: 'Permissions',
        to: '/permissions',
        icon: ShieldKeyhole20Regular,
        activeIcon: ShieldKeyhole20Filled,
        permission: 'Auth.Read',
        key: 'p',
      },
      {
        label: 'Audit log',
        to: '/audit',
        icon: ClipboardTaskListLtr20Regular,
        activeIcon: ClipboardTaskListLtr20Filled,
        permission: 'Auth.Read',
        key: 'u',
      },
      { label: 'Settings', to: '/settings', icon: Settings20Regular, activeIcon: Settings20Filled, key: ',' },
      { label: 'API reference', to: '/docs', icon: BookOpen20Regular, activeIcon: BookOpen20Filled },
      { label: 'API explorer', to: '/api-explorer', icon: Braces20Regular, activeIcon: Braces20Filled },
    ],
  },
];

/** Whether an address belongs to an item. */
export function isActive(item: NavItem, pathname: string): boolean {
  if (item.exact) return pathname === item.to;
  return pathname === item.to || pathname.startsWith(`${item.to}/`);
}
