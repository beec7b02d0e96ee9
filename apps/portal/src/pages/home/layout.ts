import type { Permission } from '@parapet/schema/wire';

/** Twelve columns: a third, a half, two thirds. */
export const SIZES = ['s', 'm', 'l'] as const;
export type CardSize = (typeof SIZES)[number];
export const SIZE_LABEL: Readonly<Record<CardSize, string>> = { s: 'Small', m: 'Medium', l: 'Large' };

export interface PlacedCard {
  readonly id: string;
  readonly size: CardSize;
}

export interface CardInfo {
  readonly id: string;
  readonly title: string;
  readonly category: 'General' | 'Identities' | 'Devices' | 'Data';
  /** One line for the list of cards. */
  readonly about: string;
  readonly size: CardSize;
  /** Absent for people without it. */
  readonly permission?: Permission;
}

export const CARDS: readonly CardInfo[] = [
  {
    id: 'incidents',
    title: 'Open incidents',
    category: 'General',
    about: 'How many are open, unassigned and mine, by severity',
    size: 's',
  },
  { id: 'alertsPerDay', title: 'Alerts per day', category: 'General', about: 'Thirty days by severity', size: 'l' },
  {
    id: 'newest',
    title: 'Newest open incidents',
    category: 'General',
    about: 'The last five that were opened',
    size: 'l',
  },
  {
    id: 'queue',
    title: 'My queue',
    category: 'General',
    about: 'Open incidents that are assigned to me',
    size: 'm',
    permission: 'Alerts.Manage',
  },
  { id: 'tactics', title: 'Tactics seen', category: 'General', about: 'Open alerts by tactic', size: 's' },
  {
    id: 'detections',
    title: 'Detections that fire most',
    category: 'General',
    about: 'Open alerts by rule',
    size: 's',
  },
  {
    id: 'usersAtRisk',
    title: 'Users at risk',
    category: 'Identities',
    about: 'People with open alerts, riskiest first',
    size: 's',
  },
  {
    id: 'identities',
    title: 'Identities',
    category: 'Identities',
    about: 'Figures of the identity inventory',
    size: 's',
  },
  {
    id: 'devicesAtRisk',
    title: 'Devices at risk',
    category: 'Devices',
    about: 'Devices with open alerts, riskiest first',
    size: 's',
  },
  {
    id: 'devices',
    title: 'Devices',
    category: 'Devices',
    about: 'Figures of the device inventory: critical, inactive, new',
    size: 's',
  },
  { id: 'ingestion', title: 'Data coming in', category: 'Data', about: 'Events stored, new and rejected', size: 's' },
  {
    id: 'sources',
    title: 'Source health',
    category: 'Data',
    about: 'Sources that failed or fell silent',
    size: 'm',
    permission: 'Sys.Read',
  },
];

const OPERATOR = [
  'incidents',
  'queue',
  'alertsPerDay',
  'newest',
  'devicesAtRisk',
  'usersAtRisk',
  'tactics',
  'ingestion',
];
const ADMINISTRATOR = [
  'incidents',
  'alertsPerDay',
  'sources',
  'ingestion',
  'devices',
  'identities',
  'newest',
  'devicesAtRisk',
  'detections',
];
const READER = [
  'incidents',
  'alertsPerDay',
  'newest',
  'devicesAtRisk',
  'usersAtRisk',
  'tactics',
  'detections',
  'ingestion',
];

const allowed = (card: CardInfo, permissions: readonly Permission[]): boolean =>
  card.permission === undefined || permissions.includes(card.permission);

/** Cards a person may have. */
export const offered = (permissions: readonly Permission[]): CardInfo[] =>
  CARDS.filter((card) => allowed(card, permissions));

/** What Home begins with: for who runs the product, for who works the queue, for who reads. */
export function startLayout(permissions: readonly Permission[]): PlacedCard[] {
  const ids = permissions.includes('Sys.Manage')
    ? ADMINISTRATOR
    : permissions.includes('Alerts.Manage')
      ? OPERATOR
      : READER;
  return ids.flatMap((id) => {
    const card = CARDS.find((each) => each.id === id);
    return card && allowed(card, permissions) ? [{ id, size: card.size }] : [];
  });
}

/** A stored arrangement of any age: unknown cards and those without permission are left out; nothing stored is the start. */
export function readHome(stored: unknown, permissions: readonly Permission[]): PlacedCard[] {
  const cards = (stored as { cards?: unknown } | null)?.cards;
  if (!Array.isArray(cards)) return startLayout(permissions);
  const seen = new Set<string>();
  return cards.flatMap((each): PlacedCard[] => {
    const { id, size } = (each ?? {}) as Partial<PlacedCard>;
    const card = CARDS.find((known) => known.id === id);
    if (!card || seen.has(card.id) || !allowed(card, permissions)) return [];
    seen.add(card.id);
    return [{ id: card.id, size: SIZES.includes(size as CardSize) ? (size as CardSize) : card.size }];
  });
}

/** The card at `from` put before the one at `to`. */
export function moveCard(cards: readonly PlacedCard[], from: number, to: number): PlacedCard[] {
  const card = cards[from];
  if (!card || to < 0 || to >= cards.length || from === to) return [...cards];
  const rest = cards.filter((_, index) => index !== from);
  return [...rest.slice(0, to), card, ...rest.slice(to)];
}
