import {
  Button,
  DrawerBody,
  DrawerHeader,
  DrawerHeaderTitle,
  Input,
  makeStyles,
  OverlayDrawer,
  Text,
  tokens,
} from '@fluentui/react-components';
import { Dismiss20Regular } from '@fluentui/react-icons/svg/dismiss';
import type { Permission } from '@parapet/schema/wire';
import { useState } from 'react';
import { EmptyState } from '../../shell/EmptyState.tsx';
import { offered, type PlacedCard } from './layout.ts';

const useStyles = makeStyles({
  item: {
    display: 'flex',
    gap: '12px',
    alignItems: 'center',
    padding: '8px 0',
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  text: { flexGrow: 1, minWidth: 0 },
  soft: { color: tokens.colorNeutralForeground3 },
  heading: { margin: '14px 0 2px' },
});

const CATEGORIES = ['General', 'Identities', 'Devices', 'Data'] as const;

/** Cards that Home can have, by category. */
export function AddCards({
  open,
  onClose,
  cards,
  permissions,
  onChange,
}: {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly cards: readonly PlacedCard[];
  readonly permissions: readonly Permission[];
  readonly onChange: (cards: readonly PlacedCard[]) => void;
}) {
  const styles = useStyles();
  const [search, setSearch] = useState('');
  const wanted = search.trim().toLowerCase();
  const found = offered(permissions).filter(({ title, about }) => `${title} ${about}`.toLowerCase().includes(wanted));
  return (
    <OverlayDrawer open={open} position="end" size="small" onOpenChange={(_, data) => data.open || onClose()}>
      <DrawerHeader>
        <DrawerHeaderTitle
          action={<Button appearance="subtle" aria-label="Close" icon={<Dismiss20Regular />} onClick={onClose} />}
        >
          Add cards
        </DrawerHeaderTitle>
        <Input
          type="search"
          value={search}
          placeholder="Find a card"
          aria-label="Find a card"
          onChange={(_, data) => setSearch(data.value)}
        />
      </DrawerHeader>
      <DrawerBody>
        {found.length === 0 ? <EmptyState small title="No card matches" /> : null}
        {CATEGORIES.map((category) => {
          const mine = found.filter((card) => card.category === category);
          if (mine.length === 0) return null;
          return (
            <section key={category} aria-label={category}>
              <Text as="h3" weight="semibold" block className={styles.heading}>
                {category}
              </Text>
              {mine.map((card) => {
                const there = cards.some(({ id }) => id === card.id);
                return (
                  <div key={card.id} className={styles.item}>
                    <span className={styles.text}>
                      <Text block>{card.title}</Text>
                      <Text size={200} className={styles.soft}>
                        {card.about}
                      </Text>
                    </span>
                    <Button
                      size="small"
                      aria-label={`${there ? 'Take away' : 'Add'} ${card.title}`}
                      onClick={() =>
                        onChange(
                          there
                            ? cards.filter(({ id }) => id !== card.id)
                            : [...cards, { id: card.id, size: card.size }],
                        )
                      }
                    >
                      {there ? 'Take away' : 'Add'}
                    </Button>
                  </div>
                );
              })}
            </section>
          );
        })}
      </DrawerBody>
    </OverlayDrawer>
  );
}
