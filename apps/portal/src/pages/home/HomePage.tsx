import {
  Button,
  Menu,
  MenuItem,
  MenuItemRadio,
  MenuList,
  MenuPopover,
  MenuTrigger,
  makeStyles,
  tokens,
} from '@fluentui/react-components';
import { Add20Regular } from '@fluentui/react-icons/svg/add';
import { ArrowReset20Regular } from '@fluentui/react-icons/svg/arrow-reset';
import { Edit20Regular } from '@fluentui/react-icons/svg/edit';
import { MoreHorizontal20Regular } from '@fluentui/react-icons/svg/more-horizontal';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { api } from '../../api/client.ts';
import { usePreference } from '../../api/preferences.ts';
import { POLL_MS } from '../../api/queryClient.ts';
import { useSession } from '../../api/session.ts';
import { JobProgress } from '../../components/JobProgress.tsx';
import { notify } from '../../components/Notifier.tsx';
import { isOver, useJob, useLatestJob } from '../../lib/useJob.ts';
import { EmptyState } from '../../shell/EmptyState.tsx';
import { ErrorState } from '../../shell/ErrorState.tsx';
import { PageShell } from '../../shell/PageShell.tsx';
import { Redirect } from '../../shell/Redirect.tsx';
import { CardsSkeleton } from '../../shell/Skeletons.tsx';
import { TourOffer } from '../../shell/Tour.tsx';
import { AddCards } from './AddCards.tsx';
import { HomeCard } from './HomeCard.tsx';
import { CARDS, type CardSize, moveCard, type PlacedCard, readHome, SIZE_LABEL, SIZES, startLayout } from './layout.ts';

const useStyles = makeStyles({
  grid: { display: 'grid', gridTemplateColumns: 'repeat(12, minmax(0, 1fr))', gridAutoFlow: 'row dense', gap: '12px' },
  loading: { marginBottom: '12px', maxWidth: '640px' },
  s: { gridColumn: 'span 4', '@media (max-width: 1180px)': { gridColumn: 'span 6' } },
  m: { gridColumn: 'span 6', '@media (max-width: 900px)': { gridColumn: 'span 12' } },
  l: { gridColumn: 'span 8', '@media (max-width: 1180px)': { gridColumn: 'span 12' } },
  cell: { display: 'grid', minWidth: 0, position: 'relative' },
  editing: {
    outline: `2px dashed ${tokens.colorNeutralStroke1}`,
    outlineOffset: '2px',
    cursor: 'grab',
    borderRadius: tokens.borderRadiusLarge,
  },
  over: { outlineColor: tokens.colorBrandStroke1 },
  handles: {
    position: 'absolute',
    top: '6px',
    right: '6px',
    zIndex: 1,
    backgroundColor: tokens.colorNeutralBackground1,
    borderRadius: tokens.borderRadiusMedium,
  },
});

/** Where to look first, as each person arranges it. */
export function HomePage() {
  const styles = useStyles();
  const permissions = useSession()?.permissions ?? [];
  const home = useQuery({
    queryKey: ['/api/home'],
    queryFn: ({ signal }) => api.get('/api/home', undefined, signal),
    refetchInterval: POLL_MS,
  });
  const [stored, setStored] = usePreference<{ readonly cards: readonly PlacedCard[] } | null>('home.layout', null);
  const [arranging, setArranging] = useState(false);
  const [adding, setAdding] = useState(false);
  const cards = readHome(stored, permissions);
  const set = (next: readonly PlacedCard[]) => setStored({ cards: next });
  if (home.data?.empty) return <Redirect href="/welcome" />;
  const reset = () => {
    setStored(null);
    notify.undoable('Home is as it was at first', () => setStored(stored));
  };
  return (
    <PageShell
      title="Home"
      purpose="What is open, what is at risk, and whether the data is coming in."
      commands={
        arranging ? (
          <>
            <Button appearance="subtle" icon={<Add20Regular />} onClick={() => setAdding(true)}>
              Add cards
            </Button>
            <Button
              appearance="subtle"
              icon={<ArrowReset20Regular />}
              disabled={JSON.stringify(cards) === JSON.stringify(startLayout(permissions))}
              onClick={reset}
            >
              Reset
            </Button>
            <Button appearance="primary" onClick={() => setArranging(false)}>
              Done
            </Button>
          </>
        ) : (
          <Button appearance="subtle" icon={<Edit20Regular />} onClick={() => setArranging(true)}>
            Arrange
          </Button>
        )
      }
    >
      <TourOffer />
      <SampleLoading />
      {home.data ? (
        cards.length === 0 ? (
          <EmptyState
            title="No cards"
            reason="All cards were taken away."
            action={<Button onClick={() => setAdding(true)}>Add cards</Button>}
          />
        ) : (
          <div className={styles.grid}>
            {cards.map((card, index) => (
              <Cell key={card.id} cards={cards} index={index} arranging={arranging} onChange={set}>
                <HomeCard id={card.id} data={home.data} />
              </Cell>
            ))}
          </div>
        )
      ) : home.isError ? (
        <ErrorState error={home.error} title="Home could not be loaded" onRetry={() => void home.refetch()} />
      ) : (
        <CardsSkeleton />
      )}
      <AddCards open={adding} onClose={() => setAdding(false)} cards={cards} permissions={permissions} onChange={set} />
    </PageShell>
  );
}

/** A card in its place; while arranging it can be dragged, and its menu does the same by keyboard. */
function Cell({
  cards,
  index,
  arranging,
  onChange,
  children,
}: {
  readonly cards: readonly PlacedCard[];
  readonly index: number;
  readonly arranging: boolean;
  readonly onChange: (cards: readonly PlacedCard[]) => void;
  readonly children: ReactNode;
}) {
  const styles = useStyles();
  const [over, setOver] = useState(false);
  const card = cards[index]!;
  const title = CARDS.find(({ id }) => id === card.id)?.title ?? card.id;
  const resize = (size: CardSize) => onChange(cards.map((each) => (each.id === card.id ? { ...each, size } : each)));
  const remove = () => {
    onChange(cards.filter((each) => each.id !== card.id));
    notify.undoable(`${title} taken away`, () => onChange(cards));
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dragging has its twin in the menu of the card
    <div
      className={`${styles.cell} ${styles[card.size]} ${arranging ? styles.editing : ''} ${over ? styles.over : ''}`}
      draggable={arranging}
      onDragStart={(event) => event.dataTransfer.setData('text/plain', card.id)}
      onDragOver={(event) => {
        if (!arranging) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        const from = cards.findIndex(({ id }) => id === event.dataTransfer.getData('text/plain'));
        if (arranging && from >= 0) onChange(moveCard(cards, from, index));
      }}
    >
      {arranging ? (
        <span className={styles.handles}>
          <Menu
            checkedValues={{ size: [card.size] }}
            onCheckedValueChange={(_, data) => resize(data.checkedItems[0] as CardSize)}
          >
            <MenuTrigger disableButtonEnhancement>
              <Button
                size="small"
                appearance="subtle"
                icon={<MoreHorizontal20Regular />}
                aria-label={`Arrange ${title}`}
              />
            </MenuTrigger>
            <MenuPopover>
              <MenuList>
                <MenuItem disabled={index === 0} onClick={() => onChange(moveCard(cards, index, index - 1))}>
                  Move earlier
                </MenuItem>
                <MenuItem
                  disabled={index === cards.length - 1}
                  onClick={() => onChange(moveCard(cards, index, index + 1))}
                >
                  Move later
                </MenuItem>
                {SIZES.map((size) => (
                  <MenuItemRadio key={size} name="size" value={size}>
                    {SIZE_LABEL[size]}
                  </MenuItemRadio>
                ))}
                <MenuItem onClick={remove}>Take away</MenuItem>
              </MenuList>
            </MenuPopover>
          </Menu>
        </span>
      ) : null}
      {children}
    </div>
  );
}

/** While the sample environment comes in, the figures below are still growing. */
function SampleLoading() {
  const styles = useStyles();
  const latest = useLatestJob('sample');
  const job = useJob(latest && !isOver(latest) ? latest.id : undefined);
  if (!job.data || isOver(job.data)) return null;
  return (
    <div className={styles.loading}>
      <JobProgress job={job.data} />
    </div>
  );
}
