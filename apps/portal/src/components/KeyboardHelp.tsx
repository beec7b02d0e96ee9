import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  DialogTrigger,
  makeStyles,
  Text,
  tokens,
} from '@fluentui/react-components';
import { useEffect, useState } from 'react';
import { useHotkey, useHotkeyMap } from '../lib/hotkeys.ts';

const useStyles = makeStyles({
  grid: { columns: '2 260px', columnGap: '32px' },
  group: { breakInside: 'avoid', marginBottom: '16px' },
  list: { margin: '4px 0 0', display: 'grid', gridTemplateColumns: '1fr auto', rowGap: '4px', columnGap: '12px' },
  term: { margin: 0 },
  keys: { margin: 0, display: 'flex', gap: '4px', justifyContent: 'flex-end' },
  key: {
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase200,
    minWidth: '22px',
    textAlign: 'center',
    padding: '1px 5px',
    border: `1px solid ${tokens.colorNeutralStroke1}`,
    borderBottomWidth: '2px',
    borderRadius: tokens.borderRadiusSmall,
    backgroundColor: tokens.colorNeutralBackground2,
  },
});

let openHelp: () => void = () => {};

/** For the help button of the top bar. */
export const showKeyboardHelp = (): void => openHelp();

/** The keyboard map: what is bound on this page right now, so it is never out of date. */
export function KeyboardHelp() {
  const styles = useStyles();
  const [open, setOpen] = useState(false);
  const map = useHotkeyMap();
  useHotkey('?', 'This map', 'Everywhere', () => setOpen(true));
  useEffect(() => {
    openHelp = () => setOpen(true);
  }, []);
  const groups = [...new Set(map.map((key) => key.group))];
  return (
    <Dialog open={open} onOpenChange={(_, data) => setOpen(data.open)}>
      <DialogSurface style={{ maxWidth: 720 }}>
        <DialogBody>
          <DialogTitle>Keyboard</DialogTitle>
          <DialogContent>
            <div className={styles.grid}>
              {groups.map((group) => (
                <section key={group} className={styles.group}>
                  <Text weight="semibold" as="h3">
                    {group}
                  </Text>
                  <dl className={styles.list}>
                    {map
                      .filter((key) => key.group === group)
                      .map((key) => (
                        <Row key={key.keys} keys={key.keys} label={key.label} />
                      ))}
                  </dl>
                </section>
              ))}
            </div>
            <Text size={200} block style={{ margin: '4px 0 12px' }}>
              Single-key shortcuts can be switched off in Settings, Appearance.
            </Text>
          </DialogContent>
          <DialogActions>
            <DialogTrigger disableButtonEnhancement>
              <Button appearance="primary">Close</Button>
            </DialogTrigger>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}

function Row({ keys, label }: { readonly keys: string; readonly label: string }) {
  const styles = useStyles();
  return (
    <>
      <dt className={styles.term}>{label}</dt>
      <dd className={styles.keys}>
        {keys.split(' ').map((key, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the same key may come twice in a sequence
          <kbd key={index} className={styles.key}>
            {key}
          </kbd>
        ))}
      </dd>
    </>
  );
}
