import { makeStyles, Tab, TabList, Text, tokens } from '@fluentui/react-components';
import type { CreatedIngestKey, SourceKindInfo } from '@parapet/schema/wire';
import { useState } from 'react';
import { CodeBlock } from '../../../components/CodeBlock.tsx';
import { CopyButton } from '../../../components/CopyButton.tsx';
import { Mono } from '../../../components/Mono.tsx';
import { ShownOnce } from '../../../components/SecretDialog.tsx';
import { filledSetup } from './form.ts';

const useStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column', gap: '10px', minWidth: 0 },
  key: { display: 'flex', alignItems: 'center', gap: '4px', marginTop: '4px', minWidth: 0 },
  soft: { color: tokens.colorNeutralForeground2 },
});

/** A key, the one time it can be read. */
export function KeyOnce({ created }: { readonly created: CreatedIngestKey }) {
  const styles = useStyles();
  return (
    <ShownOnce>
      The key of “{created.name}” cannot be read again after you leave this page.
      <div className={styles.key}>
        <Mono>{created.encoded}</Mono>
        <CopyButton value={created.encoded} what="key" />
      </div>
    </ShownOnce>
  );
}

/** Configuration of common senders, ready to paste. */
export function SetupSteps({
  kind,
  created,
  settings,
}: {
  readonly kind: SourceKindInfo;
  readonly created?: CreatedIngestKey | null;
  readonly settings: Readonly<Record<string, unknown>>;
}) {
  const styles = useStyles();
  const steps = filledSetup(kind, { origin: window.location.origin, key: created ?? null, settings });
  const [chosen, setChosen] = useState(steps[0]?.title);
  const step = steps.find((each) => each.title === chosen) ?? steps[0];
  if (!step) return null;
  return (
    <div className={styles.stack}>
      {steps.length > 1 ? (
        <TabList size="small" selectedValue={step.title} onTabSelect={(_, data) => setChosen(String(data.value))}>
          {steps.map((each) => (
            <Tab key={each.title} value={each.title}>
              {each.title}
            </Tab>
          ))}
        </TabList>
      ) : (
        <Text weight="semibold">{step.title}</Text>
      )}
      <CodeBlock text={step.text} what={`${step.title} configuration`} />
      {kind.credentials === 'key' && !created ? (
        <Text size={200} className={styles.soft}>
          Put the source's key in place of YOUR-KEY. A key is shown only when it is made; make another one if it is
          lost.
        </Text>
      ) : null}
    </div>
  );
}
