import {
  Button,
  MessageBar,
  MessageBarActions,
  MessageBarBody,
  MessageBarTitle,
  makeStyles,
  Text,
  tokens,
} from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { readPreference, usePreference } from '../api/preferences.ts';

interface Step {
  /** Selector of what the step is about; a step whose target is not there is left out. */
  readonly target: string;
  readonly title: string;
  readonly text: string;
}

const STEPS: readonly Step[] = [
  {
    target: 'nav[aria-label="Main"]',
    title: 'Where things are',
    text: 'Incidents and alerts come first, then what they are about: devices and identities. The button at the foot folds it to icons.',
  },
  {
    target: 'header [role="search"], header input',
    title: 'Find anything',
    text: 'Press / and type a name, an address or a hash; an exact one leads straight to its page.',
  },
  {
    target: 'button[aria-label^="Notifications"]',
    title: 'What happened meanwhile',
    text: 'New incidents, long work and failing sources are told here, also while you are on another page.',
  },
  {
    target: '#main',
    title: 'Every figure is a link',
    text: 'It opens exactly the rows it counted. On Home, "Arrange" chooses the cards and their order.',
  },
  {
    target: 'button[aria-label^="Account"]',
    title: 'Yours',
    text: 'Theme, local time or UTC, and the height of rows. Press ? for the keys of the page you are on.',
  },
];

let running = false;
const watchers = new Set<() => void>();
const set = (value: boolean): void => {
  running = value;
  for (const watcher of watchers) watcher();
};
/** For the help menu. */
export const startTour = (): void => set(true);

const useStyles = makeStyles({
  ring: {
    position: 'fixed',
    zIndex: 2000,
    pointerEvents: 'none',
    borderRadius: tokens.borderRadiusMedium,
    outline: `3px solid ${tokens.colorBrandStroke1}`,
  },
  card: {
    position: 'fixed',
    right: '24px',
    bottom: '24px',
    zIndex: 2001,
    width: '340px',
    maxWidth: 'calc(100vw - 48px)',
    padding: '16px',
    display: 'flex',
    flexDirection: 'column',
    gap: '8px',
    borderRadius: tokens.borderRadiusLarge,
    backgroundColor: tokens.colorNeutralBackground1,
    border: `1px solid ${tokens.colorNeutralStroke1}`,
    boxShadow: tokens.shadow28,
    outline: 'none',
  },
  row: { display: 'flex', gap: '8px', alignItems: 'center', marginTop: '4px' },
  spring: { flexGrow: 1 },
  soft: { color: tokens.colorNeutralForeground3 },
});

/** A short walk over the frame; Esc or "Skip" ends it, and it is not offered again. */
export function Tour() {
  const styles = useStyles();
  const on = useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => running,
  );
  const [, setDone] = usePreference<boolean>('tour.done', false);
  const [index, setIndex] = useState(0);
  const [steps, setSteps] = useState<readonly Step[]>([]);
  const [box, setBox] = useState<DOMRect>();
  const card = useRef<HTMLDivElement>(null);
  const before = useRef<Element | null>(null);
  useEffect(() => {
    if (!on) return;
    before.current = document.activeElement;
    setIndex(0);
    setSteps(STEPS.filter(({ target }) => document.querySelector(target)));
  }, [on]);
  const step = on ? steps[index] : undefined;
  useEffect(() => {
    if (!step) return;
    const place = () => setBox(document.querySelector(step.target)?.getBoundingClientRect());
    place();
    card.current?.focus();
    window.addEventListener('resize', place);
    return () => window.removeEventListener('resize', place);
  }, [step]);
  if (!step) return null;
  const end = () => {
    setDone(true);
    set(false);
    if (before.current instanceof HTMLElement) before.current.focus();
  };
  const last = index === steps.length - 1;
  return (
    <>
      {box ? (
        <div
          className={styles.ring}
          style={{
            left: box.left + 2,
            top: box.top + 2,
            width: Math.max(0, box.width - 4),
            height: Math.max(0, box.height - 4),
          }}
        />
      ) : null}
      <div
        ref={card}
        className={styles.card}
        role="dialog"
        aria-label={`Tour: ${step.title}`}
        tabIndex={-1}
        onKeyDown={(event) => {
          if (event.key === 'Escape') end();
        }}
      >
        <Text size={200} className={styles.soft}>
          Step {index + 1} of {steps.length}
        </Text>
        <Text weight="semibold" size={400}>
          {step.title}
        </Text>
        <Text>{step.text}</Text>
        <div className={styles.row}>
          <Button size="small" appearance="subtle" onClick={end}>
            Skip
          </Button>
          <span className={styles.spring} />
          <Button size="small" disabled={index === 0} onClick={() => setIndex(index - 1)}>
            Back
          </Button>
          <Button size="small" appearance="primary" onClick={() => (last ? end() : setIndex(index + 1))}>
            {last ? 'Finish' : 'Next'}
          </Button>
        </div>
      </div>
    </>
  );
}

/** Offers the tour once, on Home. */
export function TourOffer() {
  const [, setDone] = usePreference<boolean>('tour.done', false);
  const done = useQuery({
    queryKey: ['preference', 'tour.done'],
    queryFn: () => readPreference('tour.done'),
    staleTime: Number.POSITIVE_INFINITY,
  });
  // Until it is known whether it was seen, nothing is offered.
  if (done.data === undefined || done.data === true) return null;
  return (
    <MessageBar intent="info" style={{ marginBottom: 12 }}>
      <MessageBarBody>
        <MessageBarTitle>New here?</MessageBarTitle>A walk of five steps shows where things are.
      </MessageBarBody>
      <MessageBarActions>
        <Button size="small" onClick={startTour}>
          Take the tour
        </Button>
        <Button size="small" appearance="transparent" onClick={() => setDone(true)}>
          No thanks
        </Button>
      </MessageBarActions>
    </MessageBar>
  );
}
